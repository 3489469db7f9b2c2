import { stripMarks } from "../../../static/js/sidebar/search_excerpt.js"
import { equal, ok, seeded, test } from "../harness.js"

/** Convert a text with ⟦matches⟧ to parts, and back. */
const parts = (text) =>
  text
    .split(/(⟦.*?⟧)/)
    .filter(Boolean)
    .map((one) => (one.startsWith("⟦") ? { text: one.slice(1, -1), match: true } : { text: one, match: false }))
const shown = (text) =>
  stripMarks(parts(text))
    .map(({ text: one, match }) => (match ? `⟦${one}⟧` : one))
    .join("")

test("emphasis is removed, also around the match", () => {
  equal(shown("앞 **⟦제주⟧ 여행** 뒤"), "앞 ⟦제주⟧ 여행 뒤")
  equal(shown("**⟦굵게⟧(bold)**입니다"), "⟦굵게⟧(bold)입니다")
  equal(shown("*⟦기울임⟧*도 ~~지움~~도 `⟦code⟧`도"), "⟦기울임⟧도 지움도 ⟦code⟧도")
  equal(shown("…끝난** 자리에서 ⟦잘린⟧ **굵"), "…끝난 자리에서 ⟦잘린⟧ 굵")
})

test("headings, lists, quotes, fences, links and table rules are removed", () => {
  equal(shown("## ⟦제목⟧ 그리고 ### 다음"), "⟦제목⟧ 그리고 다음")
  equal(shown("- [x] ⟦할 일⟧"), "⟦할 일⟧")
  equal(shown("> ⟦인용⟧"), "⟦인용⟧")
  equal(shown("```python def ⟦f⟧(): pass ```"), " def ⟦f⟧(): pass ")
  equal(shown("[⟦문서⟧](https://example.com/a) 참고"), "⟦문서⟧ 참고")
  equal(shown("| 이름 | |---|:--:| | ⟦값⟧ |"), "| 이름 | | ⟦값⟧ |")
})

test("characters that only look like syntax stay", () => {
  for (const text of [
    "2 * 3 * 4 = ⟦24⟧",
    "snake_case ⟦name⟧",
    "__init__.py의 ⟦값⟧".replace("__init__", "a_b_c"),
    "C# ⟦언어⟧",
    "a > ⟦b⟧",
  ]) {
    equal(shown(text), text)
  }
})

test("the match is never changed", () => {
  equal(shown("x ⟦**⟧ y"), "x ⟦**⟧ y")
  equal(shown("[글](https://⟦example⟧.com)"), "[글](https://⟦example⟧.com)")
})

test("the match is kept in random texts", () => {
  const next = seeded(7)
  const pieces = ["**", "*", "_", "`", "# ", "[", "](", ")", "가", "b ", "|", "---", "> ", "~~"]
  for (let round = 0; round < 500; round += 1) {
    const some = Array.from({ length: 12 }, () => ({ text: pieces[next(pieces.length)], match: next(4) === 0 }))
    const found = (list) =>
      list
        .filter(({ match }) => match)
        .map(({ text }) => text)
        .join("")
    equal(found(stripMarks(some)), found(some))
  }
  ok(true)
})
