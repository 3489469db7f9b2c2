import { Api, ApiError, UnreachableError } from "../../../static/js/net/api.js"
import { equal, test } from "../harness.js"

/** The error of a question that is answered so: a Response, or what its fetch is rejected with. */
async function problem(answer) {
  const fetch = async () => { if (answer instanceof Error) throw answer; else return answer }
  const api = new Api({ t: (key) => `[${key}]`, fetch })
  return api.settings().then(() => null, (error) => error)
}

const facts = (error) => [error instanceof UnreachableError, error instanceof ApiError, error.message]

test("without an answer the reader is told so in words of ours", async () => {
  equal(facts(await problem(new TypeError("Failed to fetch"))), [true, false, "[unreachable]"])
})

test("what a proxy says of a server that is away counts as no answer", async () => {
  for (const body of ["<h1>Bad Gateway</h1>", "{}", ""]) {
    equal(facts(await problem(new Response(body, { status: 502 }))), [true, false, "[unreachable]"])
  }
})

test("a page in the place of an answer, as of a hotel's network, is none", async () => {
  equal(facts(await problem(new Response("<h1>Welcome</h1>"))), [true, false, "[unreachable]"])
})

test("what the server refuses it explains itself", async () => {
  const body = JSON.stringify({ code: "busy", detail: "잠시 뒤에", retry_after: 3 })
  const error = await problem(new Response(body, { status: 503 }))
  equal([...facts(error), error.status, error.code, error.retryAfter], [false, true, "잠시 뒤에", 503, "busy", 3])
})

test("a refusal of somebody in between is a refusal", async () => {
  const error = await problem(new Response("<h1>Too large</h1>", { status: 413 }))
  equal([...facts(error), error.status], [false, true, "HTTP 413", 413])
})

test("an answer without words is one", async () => equal(await problem(new Response(null, { status: 204 })), null))
