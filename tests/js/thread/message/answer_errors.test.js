import { createTranslator } from "../../../../static/js/base/translator.js"
import { errorHeadline, errorOf, remediesFor, retryAt } from "../../../../static/js/thread/message/answer_errors.js"
import { equal, test } from "../../harness.js"

const TURNS = { turns: 2 }

const failed = (code, fields = {}) => ({ status: "failed", content: "", error: { code, message: "" }, ...fields })

test("every error offers its remedies, best first", () => {
  equal(remediesFor(failed("internal"), TURNS), ["regenerate"])
  equal(remediesFor(failed("provider_timeout", { content: "half" }), TURNS), ["continue", "regenerate"])
  equal(remediesFor(failed("model_not_found"), TURNS), ["otherModel", "regenerate"])
  equal(remediesFor(failed("provider_unavailable"), TURNS), ["otherModel", "regenerate"])
})

test("if a retry may help, another model is offered after it", () => {
  equal(remediesFor(failed("rate_limited"), TURNS), ["regenerate", "otherModel"])
  equal(remediesFor(failed("provider_error"), TURNS), ["regenerate", "otherModel"])
  equal(remediesFor(failed("provider_error", { content: "half" }), TURNS), ["continue", "regenerate", "otherModel"])
})

test("shortening is offered only if there are earlier turns", () => {
  equal(remediesFor(failed("context_too_long"), { turns: 2 }), ["shorten", "otherModel", "regenerate"])
  equal(remediesFor(failed("context_too_long"), { turns: 1 }), ["otherModel", "regenerate"])
})

test("an interrupted answer can be continued even if it is empty", () => {
  const message = { status: "interrupted", content: "", error: null }
  equal(errorOf(message).code, "worker_lost")
  equal(remediesFor(message, TURNS), ["continue", "regenerate"])
})

test("what the operator does not allow is changed in the settings, or asked of another model", () => {
  equal(remediesFor(failed("not_allowed"), TURNS), ["settings", "regenerate", "otherModel"])
  equal(remediesFor(failed("not_allowed", { content: "half" }), TURNS), ["settings", "regenerate", "otherModel"])
})

test("an option is called by the name that it has in the settings, if it has one", () => {
  const t = createTranslator({ setting_seed: "Seed", "{option} is wrong": "{option}: wrong" }, "en")
  const headline = (option) =>
    errorHeadline({ code: "x", detail: { text: "{option} is wrong", values: { option } } }, t)
  equal([headline("seed"), headline("min_p")], ["Seed: wrong", "min_p: wrong"])
})

test("a retry limit counts from the end of the answer, never from the future", () => {
  const now = Date.parse("2026-01-01T00:00:10.000Z")
  const message = failed("rate_limited", { created_at: "2026-01-01T00:00:00.000Z", timings: { total_ms: 2000 } })
  message.error.retry_after = 12
  equal(retryAt(message, now), now - 8000 + 12_000)
  equal(retryAt({ ...message, created_at: "2027-01-01T00:00:00.000Z" }, now), now + 12_000)
  equal(retryAt(failed("provider_error"), now), 0)
})
