import { errorLine, errorWords } from "../../static/js/error_words.js"
import { strings } from "../../static/js/strings.js"
import { equal, ok, test, texts } from "./harness.js"

const ko = strings(await texts("ko"), "ko")
const en = strings(await texts("en"), "en")
const kept = (detail) => ({ code: "provider_timeout", message: "The model said nothing for 30 s.", detail })

test("a text has its values in their places, and other braces stay as they are", () => {
  const t = strings({ one: "{a} and {b}, {a}" }, "en")
  equal(t("one", { a: "{b}", b: 0 }), "{b} and 0, {b}")
  equal(t("one", { a: 1 }), "1 and {b}, 1")
})

test("a key without a text is its own text, whatever objects inherit", () => {
  const t = strings({}, "en")
  equal(t("left out"), "left out")
  ok(!t.known("toString"))
})

test("a number takes its form by the language's own rule", () => {
  const t = strings({ files: ["{n} file", "{n} files"] }, "en")
  equal([0, 1, 2, "1,204"].map((n) => t("files", { n })), ["0 files", "1 file", "2 files", "1,204 files"])
  equal(strings({ files: ["파일 {n}개"] }, "ko")("files", { n: 1 }), "파일 1개")
})

test("an answer's error is told in the reader's language, with its values", () => {
  const error = kept({ text: "The model said nothing for {n} s.", values: { n: "30" } })
  equal(errorLine(error, ko), "모델이 30초 동안 아무 말도 하지 않았습니다.")
  equal(errorLine(error, en), "The model said nothing for 30 s.")
})

test("what a provider said stands as it came beside our own sentence", () => {
  const error = kept({ text: "The model was not found.", values: {}, said: "No {such} model" })
  equal(errorWords(error, ko), { own: "모델을 찾지 못했습니다.", said: "No {such} model" })
  equal(errorLine(error, en), "The model was not found. It says: “No {such} model”")
})

test("an error of before there were translations is told as it was kept", () => {
  equal(errorWords(kept(null), ko), { own: "", said: "The model said nothing for 30 s." })
  equal(errorLine({ code: "internal", message: "" }, ko), "")
})
