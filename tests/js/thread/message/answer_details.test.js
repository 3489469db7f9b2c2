import { Format } from "../../../../static/js/base/format.js"
import { createTranslator } from "../../../../static/js/base/translator.js"
import { detailRows } from "../../../../static/js/thread/message/answer_details.js"
import { equal, ok, test, texts } from "../../harness.js"

const t = createTranslator(await texts("en"), "en")
const context = { t, format: new Format("en", t), modelName: (id) => id, turns: 2 }
const answer = (fields = {}) => ({
  role: "assistant",
  status: "complete",
  content: "x",
  model: "m",
  cached: false,
  error: null,
  finish_reason: "stop",
  created_at: "2026-11-22T12:00:00.000Z",
  usage: { prompt_tokens: 1204, completion_tokens: 100, total_tokens: 1304 },
  timings: { queued_ms: 12, first_token_ms: 500, total_ms: 1500 },
  ...fields,
})
const rowsOf = (fields) =>
  Object.fromEntries(detailRows(answer(fields), context).map(({ name, value }) => [name, value]))

test("a fresh answer shows its timings and tokens", () => {
  const { detailCreated, ...rows } = rowsOf()
  equal(rows, {
    model: "m",
    detailOrigin: "Newly generated",
    detailFinish: "Answer complete",
    detailQueued: "12 ms",
    detailFirst: "500 ms",
    detailPace: "100 tokens/s",
    detailTotal: "1.5 s",
    detailTokensIn: "1,204",
    detailTokensOut: "100",
  })
  ok(detailCreated.includes("2026"))
})

test("a cached answer shows its age and no speed", () => {
  const rows = rowsOf({ cached: true, cached_at: "2020-01-01T00:00:00.000Z" })
  ok(/^Saved answer · generated \d+ years ago/.test(rows.detailOrigin), rows.detailOrigin)
  equal(rows.detailPace, undefined)
})

test("a model that answers in the place of the one that was asked is shown beside it", () => {
  const { model, detailAsked } = rowsOf({ answered_by: "/srv/models/other.gguf" })
  equal([model, detailAsked], ["other", "m"])
})

test("unknown details have no row", () => {
  const rows = rowsOf({ model: null, usage: null, timings: null, finish_reason: null })
  equal(Object.keys(rows), ["detailOrigin", "detailCreated"])
})

test("the end is described in words if there are any", () => {
  equal(rowsOf({ finish_reason: "length" }).detailFinish, "Token limit reached")
  equal(rowsOf({ finish_reason: "refusal" }).detailFinish, "The model declined to answer")
  equal(rowsOf({ finish_reason: "own_reason" }).detailFinish, "own_reason")
  equal(rowsOf({ status: "stopped", finish_reason: null }).detailFinish, "Stopped midway")
})

test("an error is shown with its message and remedies", () => {
  const error = { code: "provider_unavailable", message: "connection refused" }
  const rows = rowsOf({ status: "failed", content: "", error, finish_reason: null })
  equal([rows.detailError, rows.detailErrorSaid], ["The model cannot be reached.", "connection refused"])
  equal(rows.detailRemedy, "Choose another model · Try again")
})

test("an error with a text is shown once, with the provider's message quoted", () => {
  const error = {
    code: "provider_unavailable",
    message: "The model's server has a problem (500). Provider's message: Oh no.",
    detail: { text: "The model's server has a problem ({status}).", values: { status: "500" }, said: "Oh no." },
  }
  const rows = rowsOf({ status: "failed", content: "", error, finish_reason: null })
  equal(
    [rows.detailError, rows.detailErrorSaid],
    ["The model's server has a problem (500).", "Provider's message: “Oh no.”"],
  )
  const quiet = rowsOf({
    status: "failed",
    error: { ...error, detail: { ...error.detail, said: "" } },
    finish_reason: null,
  })
  equal(quiet.detailErrorSaid, undefined)
})

test("an error whose details are in the server's log says where", () => {
  const error = {
    code: "provider_error",
    message: "The model's server refused the request. The server's log has the details under 0a1b2c3d.",
    detail: { text: "The model's server refused the request.", values: {} },
    reference: "0a1b2c3d",
  }
  const rows = rowsOf({ status: "failed", content: "", error, finish_reason: null })
  equal(
    [rows.detailError, rows.detailErrorSaid],
    ["The model's server refused the request.", "The server’s log has the details under 0a1b2c3d."],
  )
  const shown = { ...error, detail: { ...error.detail, said: "Oh no." } }
  equal(rowsOf({ status: "failed", error: shown, finish_reason: null }).detailErrorSaid, "Provider's message: “Oh no.”")
})
