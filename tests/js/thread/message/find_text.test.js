import { findRange } from "../../../../static/js/thread/message/find_text.js"
import { equal, test } from "../../harness.js"

/** A text on the page, in several blocks. */
function element(...blocks) {
  const whole = document.createElement("div")
  for (const block of blocks) whole.appendChild(document.createElement("p")).textContent = block
  return whole
}

const found = (words, ...blocks) => findRange(element(...blocks), words)?.toString() ?? null

test("the first occurrence is found", () => {
  equal(found("검색", "한 줄", "전문 검색을 켜면 검색이 된다"), "검색")
  equal(findRange(element("a b", "c a"), "a").startOffset, 0)
})

test("words are found across blocks and lines", () => {
  equal(found("token log", "the token\n", "log entry"), "token\nlog")
  equal(found("두 블록", "두", " 블록"), "두 블록")
})

test("characters are matched literally", () => {
  equal(found("f(x) = [x]*", "so f(x) = [x]*2"), "f(x) = [x]*")
  equal(found(".", "no dot"), null)
})

test("missing or empty words are not found", () => {
  equal(found("없음", "있음"), null)
  equal(found("  ", "blank"), null)
})
