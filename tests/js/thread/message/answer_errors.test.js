import { createTranslator } from "../../../../static/js/base/translator.js"
import {
  errorHeadline,
  errorOf,
  excerpt,
  remediesFor,
  retryAt,
} from "../../../../static/js/thread/message/answer_errors.js"
import { equal, ok, test, texts } from "../../harness.js"

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

test("a setting in a file is named in the order of the page's language", () => {
  const t = createTranslator(
    { settingInFile: "{file}의 {name}", "Is {address} right?": "{address} 설정이 맞나요?" },
    "ko",
  )
  const headline = (address) =>
    errorHeadline({ code: "x", detail: { text: "Is {address} right?", values: { address } } }, t)
  equal(headline("providers.home.base_url in chatapp.toml"), "chatapp.toml의 providers.home.base_url 설정이 맞나요?")
  equal(headline("OPENAI_BASE_URL"), "OPENAI_BASE_URL 설정이 맞나요?")
})

test("a retry limit counts from the end of the answer, never from the future", () => {
  const now = Date.parse("2026-01-01T00:00:10.000Z")
  const message = failed("rate_limited", { created_at: "2026-01-01T00:00:00.000Z", timings: { total_ms: 2000 } })
  message.error.retry_after = 12
  equal(retryAt(message, now), now - 8000 + 12_000)
  equal(retryAt({ ...message, created_at: "2027-01-01T00:00:00.000Z" }, now), now + 12_000)
  equal(retryAt(failed("provider_error"), now), 0)
})

const CODES = ["quota_exceeded", "provider_forbidden", "content_refused", "empty_answer"]

test("where waiting does not help, another model is offered first; where chance may help, after a retry", () => {
  const remedies = CODES.map((code) => remediesFor(failed(code), TURNS))
  equal(remedies, [
    ["otherModel", "regenerate"],
    ["otherModel", "regenerate"],
    ["regenerate", "otherModel"],
    ["regenerate", "otherModel"],
  ])
})

test("what was refused for its content is not continued", () => {
  equal(remediesFor(failed("content_refused", { content: "half" }), TURNS), ["regenerate", "otherModel"])
  equal(remediesFor(failed("quota_exceeded", { content: "half" }), TURNS)[0], "continue")
})

test("an empty answer within a limit of tokens leads to the settings, where that can be raised", () => {
  equal(remediesFor(failed("empty_answer", { options: { max_tokens: 5 } }), TURNS)[0], "settings")
  equal(remediesFor(failed("empty_answer", { options: { max_completion_tokens: 5 } }), TURNS)[0], "settings")
  equal(remediesFor(failed("provider_error", { options: { max_tokens: 5 } }), TURNS)[0], "regenerate")
})

test("a server that says when it is back is waited for, before another model is offered", () => {
  const message = failed("provider_unavailable")
  message.error.retry_after = 20
  equal(remediesFor(message, TURNS), ["regenerate", "otherModel"])
})

test("an unknown code is one of the provider's errors, also where a text of the page is called like it", async () => {
  for (const code of ["of_the_future", "close", "toString"]) {
    equal(remediesFor(failed(code, { content: "half" }), TURNS), ["continue", "regenerate", "otherModel"])
    equal(
      errorHeadline({ code }, (key) => key),
      "provider_error",
    )
  }
})

test("every code has a sentence in both languages", async () => {
  for (const language of ["en", "ko"]) {
    const t = createTranslator(await texts(language), language)
    for (const code of CODES) ok(errorHeadline({ code }, t).length > 8, code)
  }
})

test("a model in a sentence is called without its folders", () => {
  const error = { code: "x", detail: { text: "{model} is gone", values: { model: "/home/kim/tiny.gguf" } } }
  equal(errorHeadline(error, createTranslator({}, "en")), "tiny is gone")
})

test("short words are shown as they are, and of long ones the beginning in one paragraph", () => {
  equal(excerpt("Not found\nTry /v1"), "Not found\nTry /v1")
  const page = excerpt(`<html>\n  <body>\n${"  <p>Bad gateway</p>\n".repeat(400)}`)
  ok(page.startsWith("<html> <body> <p>Bad gateway</p> <p>") && page.endsWith("…") && page.length <= 241, page)
  equal(excerpt("a\nb\nc\nd\ne"), "a b c d e…")
  equal(excerpt("🙂".repeat(200)).replaceAll("🙂", ""), "")
  equal([...excerpt("🙂".repeat(300))].length, 241)
})
