import { detectLanguage, markLanguage } from "../../../../static/js/thread/message/text_language.js"
import { equal, test } from "../../harness.js"

test("the script tells the language, despite names and code", () => {
  const texts = {
    ko: [
      "안녕하세요",
      "WebSocket과 HTTP의 차이를 표로 정리해 줘",
      "大韓民國은 민주공화국이다.",
      "이렇게 쓰세요.\n```python\ndef answer(question): return question\n```",
    ],
    en: ["How are you?", "The word `안녕` means hello.", "Read https://example.com/한국어 first"],
    ja: ["東京へ行きます。"],
    zh: ["你好，世界"],
  }
  for (const [language, all] of Object.entries(texts))
    for (const text of all) equal(detectLanguage(text), language, text)
})

test("ambiguous texts have no language", () => {
  for (const text of ["", "123 + 4", "Où est la gare ?", "Привет"]) equal(detectLanguage(text), null, text)
})

test("only texts in another language than the page's are marked", () => {
  const marked = (text, locale) => {
    const element = document.createElement("div")
    markLanguage(element, text, locale)
    return element.getAttribute("lang")
  }
  equal(
    [marked("안녕하세요", "ko"), marked("안녕하세요", "en"), marked("Hello", "en"), marked("Hello", "ko-KR")],
    [null, "ko", null, "en"],
  )
  equal([marked("Où est la gare ?", "ko"), marked("Hello", "fr")], [null, null])
})
