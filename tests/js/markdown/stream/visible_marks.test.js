import { equal, test } from "../../harness.js"
import { PiecewiseRendering } from "../../piecewise_rendering.js"

/** Texts that show no marks when complete, except in code and formulas. */
const DOCUMENTS = [
  "**굵게(bold)**입니다. 그리고 *기울임*체, ***둘 다***, __굵게__ _기울임_ 끝.",
  "앞 **굵은 *겹친* 글** 뒤 *기운 **겹친** 글* 끝",
  "`코드`를 쓰고 ``코`드``와 **`굵은 코드`**도.",
  "~~취소~~선, ~~**굵은 취소**~~ 그리고 10~20대와 30~40대",
  '[문서](https://example.com/a_b "제목")와 [**굵은** 문서](https://example.com)를 보세요.',
  "![그림](https://example.com/a.png) 그리고 [![그림](https://example.com/a.png)](https://example.com) 끝",
  "각주[^1]와 둘째[^note] 각주.\n\n[^1]: 첫째.\n[^note]: 둘째.\n",
  "[ref]: https://example.com '제목'\n\n[ref] 그리고 끝",
  "값 $x^2 + y_1$는 \\(a_1\\)과 같고 $$E = mc^2$$ 입니다.\n\n$$\n\\frac{1}{2}\n$$\n\n\\[\na * b\n\\]\n\n끝",
  "가격은 1,000원, 5~10개입니다. 2 * 3 = 6.",
  "# 제목\n\n## 둘째 **굵은** 제목\n\n본문\n\n### 셋째 `코드`\n본문",
  "- 하나\n- **둘**: 설명\n  - 셋\n    - `넷`\n- 다섯\n\n본문",
  "1. 하나\n2. **둘**\n   설명\n\n   ```js\n   let a = `${1}`\n   ```\n10. 열\n\n본문",
  "* 하나\n* *둘*\n+ 셋\n\n* * *\n\n끝",
  "- [ ] 할 일\n- [x] **한 일**\n  - [ ] `셋`\n",
  "> 인용 **굵게**\n> 둘째 줄\n>\n> - 항목\n> > 깊이\n\n본문",
  "앞\n\n---\n\n뒤\n\n***\n\n끝\n\n___\n\n끝",
  "제목\n===\n\n본문\n\n제목\n---\n\n본문",
  "```python\nprint('**')\n```\n\n다음 **글**\n\n~~~\n| a |\n~~~\n\n````md\n```\n안\n```\n````\n끝",
  "앞\n```js\na\n```\n뒤",
  "| 이름 | 값 |\n|---|:-:|\n| **굵게** | `a` |\n| 둘 | [링크](https://example.com) |\n\n본문",
  "본문\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n본문",
  "**제목**\n\n1. **첫째**: 설명 (`코드`)\n2. **둘째**: [문서](https://example.com)\n\n> **참고:** 끝",
  "**여러\n줄에 걸친** 굵은 글과 `여러\n줄` 코드",
  "- 항목\n\n  문단 **굵게**\n\n- 항목\n",
  "\\*별\\* 그리고 \\`점\\`",
  "A\\\nB  \nC & D &amp; E",
  "앞 **굵게** 뒤 **굵게** **굵게**, *기울임*(*기울임*)",
  '(**굵게**) "**굵게**" \'*기울임*\' **"인용"**은',
  "CO$_2$는 10$^\\circ$C에서 $\\frac{1}{2}$, \\(ABC\\)와 \\(\\alpha\\)",
  "[러스트](https://example.com/Rust_(언어))는 **[러스트](https://example.com/a_(b)_(c))** 끝",
  "> | 이름 | 값 |\n> |---|---|\n> | 하나 | **둘** |\n>\n> 다음 **굵은** 글\n\n끝",
  "| a | b |\n|---|---|\n| 한 줄<br>두 줄 | 셋<br/>넷 |\n| H<sub>2</sub>O | <kbd>Ctrl</kbd> |\n\n끝",
  "E = mc<sup>2</sup> 그리고 <u>밑줄 **굵게**</u> 끝",
  "자세한 것은 https://example.com/a_b_c 를 보세요. **https://example.com**",
]

/** Marks that cannot be recognized while streaming: the text, and the marks. */
const EXCEPTIONS = [
  ["보세요 <https://example.com>", "<"],
  ["[참조][ref] 와 [ref]\n\n[ref]: https://example.com\n", "[ ]"],
  ["a | b\n--- | ---\n1 | 2\n", "|"],
]

const MARKS = /[*`#$|~<>[\]\\]|--|==|__|^\s*[-+_]\s|^\s*\d[.)]\s/gm
const context = { t: (key) => key, clipboard: null, announce: () => {} }

/** The visible marks outside of code and formulas. */
function marksIn(element) {
  const copy = element.cloneNode(true)
  for (const one of copy.querySelectorAll("figure, .math, code, small, sup")) one.replaceWith("x")
  for (const one of copy.querySelectorAll("p, li, h1, h2, h3, td, th, br")) one.append("\n")
  return copy.textContent.match(MARKS) ?? []
}

function rendering() {
  const element = document.createElement("div")
  return { element, one: new PiecewiseRendering({ element, context, docId: "id" }) }
}

/** Marks that are visible while streaming but not in the final rendering. */
function flickering(text) {
  const whole = rendering()
  whole.one.push(text)
  whole.one.finish()
  const stay = marksIn(whole.element)
  const { element, one } = rendering()
  const found = new Map()
  for (let at = 0; at < text.length; at += 1) {
    one.push(text[at])
    one.flush()
    const rest = [...stay]
    for (const mark of marksIn(element)) {
      if (rest.includes(mark)) rest.splice(rest.indexOf(mark), 1)
      else found.set(mark, text.slice(0, at + 1))
    }
  }
  return found
}

test("no mark is visible during streaming that is not visible at the end", () => {
  for (const text of DOCUMENTS) equal([...flickering(text)], [])
  for (const [text, marks] of EXCEPTIONS) equal([...flickering(text).keys()].join(" "), marks, text)
})
