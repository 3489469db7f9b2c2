import { Api, ApiError, UnreachableError } from "../../../static/js/net/api.js"
import { equal, test } from "../harness.js"

/** Where a page goes whose session cannot be renewed, by the response. */
async function leaves(status, body) {
  const went = []
  const location = { reload: () => went.push("reload"), assign: (to) => went.push(to) }
  const fetch = async (_path, { body: sent }) => {
    equal(JSON.parse(sent), { owner: "1" })
    return new Response(JSON.stringify(body), { status })
  }
  const isRenewed = await new Api({ t: (key) => key, owner: "1", fetch, location }).renewSession()
  return [isRenewed, ...went]
}

/** The error of a request that is answered by a Response, or whose fetch rejects. */
async function problem(answer) {
  const fetch = async () => {
    if (answer instanceof Error) throw answer
    else return answer
  }
  const api = new Api({ t: (key) => `[${key}]`, fetch })
  return api.settings().then(
    () => null,
    (error) => error,
  )
}

const facts = (error) => [error instanceof UnreachableError, error instanceof ApiError, error.message]

test("no response is an UnreachableError with our own message", async () => {
  equal(facts(await problem(new TypeError("Failed to fetch"))), [true, false, "[unreachable]"])
})

test("a proxy's 502 counts as no response", async () => {
  for (const body of ["<h1>Bad Gateway</h1>", "{}", ""]) {
    equal(facts(await problem(new Response(body, { status: 502 }))), [true, false, "[unreachable]"])
  }
})

test("HTML in place of JSON counts as no response", async () => {
  equal(facts(await problem(new Response("<h1>Welcome</h1>"))), [true, false, "[unreachable]"])
})

test("an error response is an ApiError with the server's message", async () => {
  const body = JSON.stringify({ code: "busy", detail: "잠시 뒤에", retry_after: 3 })
  const error = await problem(new Response(body, { status: 503 }))
  equal([...facts(error), error.status, error.code, error.retryAfter], [false, true, "잠시 뒤에", 503, "busy", 3])
})

test("a proxy's 4xx is an ApiError", async () => {
  const error = await problem(new Response("<h1>Too large</h1>", { status: 413 }))
  equal([...facts(error), error.status], [false, true, "HTTP 413", 413])
})

test("an empty 204 response is a success", async () => equal(await problem(new Response(null, { status: 204 })), null))

test("who is signed out goes to the page that says so, who has to give the password to the one that asks", async () => {
  equal(await leaves(401, { code: "unauthenticated", reason: "signed_out" }), [false, "/signed-out"])
  equal(await leaves(401, { code: "unauthenticated" }), [false, "reload"])
  equal(await leaves(503, { code: "unavailable" }), [false])
  equal(await leaves(200, { owner: "1" }), [true])
})
