import { trustedScriptUrl } from "../../../static/js/base/trusted_types.js"
import { equal, ok, test } from "../harness.js"

const own = (path) => new URL(`../../../static/js/${path}`, import.meta.url).href

function refuses(path) {
  try {
    trustedScriptUrl(path)
  } catch (error) {
    return error instanceof TypeError
  }
  return false
}

test("the page's own modules and the service worker are allowed", () => {
  equal(String(trustedScriptUrl(new URL("../../../static/js/code/worker.js", import.meta.url))), own("code/worker.js"))
  equal(String(trustedScriptUrl("/service-worker.js")), new URL("/service-worker.js", import.meta.url).href)
})

test("the result is a TrustedScriptURL where the browser has them", () => {
  ok(!globalThis.trustedTypes || trustedTypes.isScriptURL(trustedScriptUrl("/service-worker.js")))
})

test("any other URL throws a TypeError", () => {
  const others = [
    "https://elsewhere.example/service-worker.js",
    "//elsewhere.example/service-worker.js",
    "data:text/javascript,1",
    "javascript:1",
    "blob:null/1",
    "/",
    "/service-worker.js?v=1",
    "/service-worker.js/other",
    "/c/service-worker.js",
    "/api/conversations/export",
    own("../vendor/some.js"),
    own("%2e%2e/vendor/some.js"),
    own("code/worker.js?next=1"),
    own("code/worker.mjs"),
  ]
  for (const other of others) ok(refuses(other), `${other} was let through`)
})
