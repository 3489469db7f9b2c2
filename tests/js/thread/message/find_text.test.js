import { findRanges } from "../../../../static/js/thread/message/find_text.js"
import { equal, test } from "../../harness.js"

/** A text on the page, in several blocks. */
function element(...blocks) {
  const whole = document.createElement("div")
  for (const block of blocks) whole.appendChild(document.createElement("p")).textContent = block
  return whole
}

const found = (words, ...blocks) => findRanges(element(...blocks), [words].flat()).map(String)

test("every occurrence of every word is found, those of the first word first", () => {
  equal(found(["검색", "줄"], "한 줄", "전문 검색을 켜면 검색이 된다"), ["검색", "검색", "줄"])
  equal(
    findRanges(element("a b", "c a"), ["a"]).map((range) => [range.startContainer.data, range.startOffset]),
    [
      ["a b", 0],
      ["c a", 2],
    ],
  )
})

test("words are found across blocks and lines", () => {
  equal(found("token log", "the token\n", "log entry"), ["token\nlog"])
  equal(found("두 블록", "두", " 블록"), ["두 블록"])
})

test("characters are matched literally", () => {
  equal(found("f(x) = [x]*", "so f(x) = [x]*2"), ["f(x) = [x]*"])
  equal(found(".", "no dot"), [])
})

test("missing or empty words are not found", () => {
  equal(found("없음", "있음"), [])
  equal(found(["  ", ""], "blank"), [])
  equal(found("없음"), [])
})

test("of very many occurrences a part is found", () => {
  equal(found("a", "a".repeat(10_000)).length, 500)
})
