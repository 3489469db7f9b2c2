import { expand } from "../../../static/js/net/short_token.js"
import { equal, test } from "../harness.js"

test("a short token becomes one with names, and what a later server adds is ignored", () => {
  const named = { id: "646c7b7e4fd5", seq: 3, text: "가" }
  equal(expand("t", ["646c7b7e4fd5", 3, "가"]), ["token", { ...named, kind: undefined }])
  equal(expand("t", ["646c7b7e4fd5", 3, "가", "reasoning", 1]), ["token", { ...named, kind: "reasoning" }])
})

test("every other event is left as it is", () => {
  const payload = { id: "01a22f67-f5ea-738e-9a05-646c7b7e4fd5", seq: 3, text: "t" }
  equal(expand("token", payload), ["token", payload])
  equal(expand("unknown", null), ["unknown", null])
})
