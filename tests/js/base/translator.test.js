import { createTranslator } from "../../../static/js/base/translator.js"
import { errorDetail, errorHeadline } from "../../../static/js/thread/message/answer_errors.js"
import { equal, ok, test, texts } from "../harness.js"

const ko = createTranslator(await texts("ko"), "ko")
const en = createTranslator(await texts("en"), "en")
const storedError = (detail) => ({ code: "provider_timeout", message: "The model did not respond for 30 s.", detail })

test("placeholders are replaced, and unknown ones stay", () => {
  const t = createTranslator({ one: "{a} and {b}, {a}" }, "en")
  equal(t("one", { a: "{b}", b: 0 }), "{b} and 0, {b}")
  equal(t("one", { a: 1 }), "1 and {b}, 1")
})

test("a key without a text is shown as it is, even if Object.prototype has it", () => {
  const t = createTranslator({}, "en")
  equal(t("left out"), "left out")
  ok(!t.known("toString"))
})

test("plural forms follow the language's rule", () => {
  const t = createTranslator({ files: ["{n} file", "{n} files"] }, "en")
  equal(
    [0, 1, 2, "1,204"].map((n) => t("files", { n })),
    ["0 files", "1 file", "2 files", "1,204 files"],
  )
  equal(createTranslator({ files: ["파일 {n}개"] }, "ko")("files", { n: 1 }), "파일 1개")
})

test("an error is shown in the user's language, with its values", () => {
  const error = storedError({ text: "The model did not respond for {n} s.", values: { n: "30" } })
  equal(errorHeadline(error, ko), "모델이 30초 동안 응답하지 않았습니다.")
  equal(errorHeadline(error, en), "The model did not respond for 30 s.")
  equal(errorDetail(error, ko), "", "it is shown once:")
})

test("the provider's message is quoted below our own sentence", () => {
  const error = storedError({ text: "The model was not found.", values: {}, said: "No {such} model" })
  equal(
    [errorHeadline(error, ko), errorDetail(error, ko)],
    ["모델을 찾지 못했습니다.", "제공자의 메시지: “No {such} model”"],
  )
  equal(
    [errorHeadline(error, en), errorDetail(error, en)],
    ["The model was not found.", "Provider's message: “No {such} model”"],
  )
})

test("an error without a text is shown by its code and its stored message", () => {
  equal(errorHeadline(storedError(null), ko), "모델이 제때 답하지 않았습니다.")
  equal(errorDetail(storedError(null), ko), "The model did not respond for 30 s.")
  equal(errorDetail({ code: "internal", message: "" }, ko), "")
  equal(errorHeadline({ code: "of another time" }, en), "The model's provider reported an error.")
})

test("a partial answer shows that the model was reachable", () => {
  const error = { code: "provider_unavailable", message: "" }
  equal(errorHeadline(error, en), "The model cannot be reached.")
  equal(errorHeadline(error, en, { kept: true }), "The connection to the model dropped.")
})

test("a detail equal to the headline is omitted", () => {
  const error = { code: "context_too_long", message: en("context_too_long") }
  equal(errorDetail(error, en), "")
})
