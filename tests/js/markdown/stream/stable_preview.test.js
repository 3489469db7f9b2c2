import { stablePreview } from "../../../../static/js/markdown/stream/stable_preview.js"
import { equal, ok, test } from "../../harness.js"
import { PiecewiseRendering } from "../../piecewise_rendering.js"

/** Unfinished texts and their previews, by the construct at their end. */
const CASES = {
  bold: [
    ["*", ""],
    ["**", ""],
    ["앞 **", "앞"],
    ["앞 **굵", "앞 **굵**"],
    ["앞 **굵게*", "앞 **굵게**"],
    ["앞 **굵게**", "앞 **굵게**"],
    ["앞 **굵게(bold)", "앞 **굵게(bold)**"],
    ["앞 __굵", "앞 __굵__"],
    ["앞 **굵게 ", "앞 **굵게** "],
    ["**여러\n줄", "**여러\n줄**"],
  ],
  italic: [
    ["앞 *", "앞"],
    ["앞 *기", "앞 *기*"],
    ["앞 *기울임*체", "앞 *기울임*체"],
    ["앞 _기", "앞 _기_"],
    ["snake_case", "snake_case"],
    ["2 * 3", "2 * 3"],
  ],
  "bold and italic": [
    ["***둘", "***둘***"],
    ["***둘**", "***둘***"],
    ["***둘** 다", "***둘** 다*"],
    ["**굵 *기", "**굵 *기***"],
    ["**굵 *기*", "**굵 *기***"],
    ["*기 **굵**", "*기 **굵***"],
  ],
  "struck out": [
    ["앞 ~", "앞"],
    ["앞 ~~취~", "앞 ~~취~~"],
    ["앞 ~~", "앞"],
    ["앞 ~~취", "앞 ~~취~~"],
    ["앞 ~~취소~~선", "앞 ~~취소~~선"],
    ["10~20대", "10~20대"],
  ],
  code: [
    ["앞 `", "앞"],
    ["앞 `코", "앞 `코`"],
    ["앞 `a *b", "앞 `a *b`"],
    ["앞 `코드`를", "앞 `코드`를"],
    ["앞 ``코`", "앞 ``코``"],
    ["앞 ``코`드", "앞 ``코`드``"],
    ["앞 ``코`드`", "앞 ``코`드``"],
    ["앞 ``코`드``", "앞 ``코`드``"],
    ["**`코", "**`코`**"],
  ],
  link: [
    ["앞 [", "앞"],
    ["앞 [문", "앞 문"],
    ["앞 [문서]", "앞 문서"],
    ["앞 [문서](", "앞 문서"],
    ["앞 [문서](https://e", "앞 문서"],
    ['앞 [문서](https://e "제', "앞 문서"],
    ["앞 [문서](https://e)", "앞 [문서](https://e)"],
    ["[**굵", "**굵**"],
    ["**[문서](h", "**문서**"],
    ["앞 [1] ", "앞 [1] "],
    ["배열[0]의", "배열[0]의"],
    ["\\[문", "\\[문\\]"],
    ["[러](https://e/a_(b", "러"],
    ["[러](https://e/a_(b)", "러"],
    ["[러](https://e/a_(b))", "[러](https://e/a_(b))"],
    ["f[i](x +", "f[i](x +"],
    ["f[i](x + *y", "f[i](x + *y*"],
    ["[러](<a b> *", "러"],
    ['[러](https://e "(") *글', '[러](https://e "(") *글*'],
  ],
  picture: [
    ["앞 !", "앞 !"],
    ["앞 ![", "앞"],
    ["앞 ![그림", "앞"],
    ["앞 ![그림](https://e", "앞"],
    ["앞 ![그림](https://e)", "앞 ![그림](https://e)"],
    ["[![그림](h", ""],
    ["[![그림](https://e)](h", "![그림](https://e)"],
  ],
  reference: [
    ["[ref]: ", ""],
    ["[ref]: https://e", ""],
    ["[ref]: https://e 'T", ""],
    ["[참고]: 이것은 참고", "[참고]: 이것은 참고"],
  ],
  footnote: [
    ["각주[^", "각주"],
    ["각주[^1", "각주"],
    ["각주[^1]", "각주[^1]"],
    ["각주[^1]는", "각주[^1]는"],
    ["[^1]: 별 *하나\n[^2]: 둘", "[^1]: 별 *하나\n[^2]: 둘"],
  ],
  formula: [
    ["값 $", "값"],
    ["값 $x", "값 $x$"],
    ["값 $x$", "값 $x$"],
    ["값 $x$는", "값 $x$는"],
    ["값 \\", "값"],
    ["값 \\(", "값"],
    ["값 \\(x", "값 \\(x\\)"],
    ["값 \\(x\\", "값 \\(x\\)"],
    ["값 \\(x\\)", "값 \\(x\\)"],
    ["값 $$", "값"],
    ["값 $$x", "값 $$x$$"],
    ["값 $$x$", "값 $$x$$"],
    ["$$\nx", "$$\nx$$"],
    ["\\[\nx", "\\[\nx\\]"],
    ["값 $a*b", "값 $a*b$"],
    ["CO$_", "CO$_$"],
    ["CO$_2$", "CO$_2$"],
    ["10$^\\circ", "10$^\\circ$"],
    ["값 $10", "값 $10"],
    ["값 $10^", "값 $10^$"],
    ["값 $3 \\times 4", "값 $3 \\times 4$"],
  ],
  "formula with commands": [
    ["값 $\\", "값"],
    ["값 $x = \\", "값 $x =$"],
    ["값 $x = \\f", "값 $x = \\f$"],
    ["값 $a \\\\", "값 $a \\\\$"],
    ["값 $$x \\", "값 $$x$$"],
    ["$$\nx = \\", "$$\nx =$$"],
    ["$$\na \\\\", "$$\na \\\\$$"],
    ["$$\nx\\$", "$$\nx\\$$$"],
    ["$$\nx $", "$$\nx$$"],
    ["`a\\", "`a\\`"],
  ],
  "variable of a shell": [
    ["Set $HOME to your", "Set $HOME to your"],
    ["Set $HOME to *your", "Set $HOME to *your*"],
    ['in $HOME and "$', 'in $HOME and "'],
    ["in $HOME and $PATH to *one", "in $HOME and $PATH to *one*"],
    ["US$a *b", "US$a *b*"],
    ["$x_1 is less than *y", "$x_1 is less than *y$"],
  ],
  price: [
    ["값 $5", "값 $5"],
    ["값 $5이고 $6", "값 $5이고 $6"],
    ["5$ 또는", "5$ 또는"],
  ],
  heading: [
    ["#", ""],
    ["## ", ""],
    ["## 제", "## 제"],
    ["#제", "#제"],
    ["앞\n\n###", "앞\n\n"],
  ],
  bullet: [
    ["-", ""],
    ["- ", ""],
    ["- 하", "- 하"],
    ["- 하나\n-", "- 하나\n"],
    ["- 하나\n  - ", "- 하나\n"],
    ["- **", ""],
    ["- **하", "- **하**"],
    ["+ ", ""],
    ["- - ", ""],
  ],
  number: [
    ["1", ""],
    ["1.", ""],
    ["1. ", ""],
    ["1. 하", "1. 하"],
    ["2026", ""],
    ["2026년", "2026년"],
    ["- 1", ""],
    ["3.1", "3.1"],
  ],
  task: [
    ["- [", ""],
    ["- [ ]", ""],
    ["- [x] ", ""],
    ["- [x] **", ""],
    ["- [x] 하", "- [x] 하"],
    ["- [x] **하", "- [x] **하**"],
    ["- [문", "- 문"],
  ],
  quote: [
    [">", ""],
    ["> ", ""],
    ["> 인", "> 인"],
    ["> **인", "> **인**"],
    ["> 인\n> -", "> 인\n"],
    ["> > ", ""],
  ],
  "paragraphs in a quote": [
    ["> 별 *하나\n>\n> 다음", "> 별 *하나\n>\n> 다음"],
    ["> 별 *하나\n> \n> *다", "> 별 *하나\n> \n> *다*"],
    ["> **여러\n> 줄", "> **여러\n> 줄**"],
    ["> - 별 *하나\n> - 둘", "> - 별 *하나\n> - 둘"],
    ["- 별 *하나\n- 둘\n  줄", "- 별 *하나\n- 둘\n  줄"],
    ["별 *하나\n> 둘", "별 *하나\n> 둘"],
    ["> 별 *하나\n> > 둘\n> > 줄", "> 별 *하나\n> > 둘\n> > 줄"],
    ["> **여러\n줄", "> **여러\n줄**"],
  ],
  "paragraphs beside headings": [
    ["# 별 *하나\n둘", "# 별 *하나\n둘"],
    ["별 *하나\n## 둘 **굵", "별 *하나\n## 둘 **굵**"],
  ],
  "behind code and formulas": [
    ["- 가\n  ```\n  a *b\n\n  c\n  ```\n  **굵", "- 가\n  ```\n  a *b\n\n  c\n  ```\n  **굵**"],
    ["$$\na\n\n- b", "$$\na\n\n- b$$"],
    ["$$\n|a| = b", "$$\n|a| = b$$"],
    ["앞 *별\n$$\na", "앞 *별\n$$\na$$"],
    ["$$\na\n$$\n**굵", "$$\na\n$$\n**굵**"],
  ],
  rule: [
    ["앞\n\n--", "앞\n\n"],
    ["앞\n\n---", "앞\n\n"],
    ["앞\n\n---\n", "앞\n\n---\n"],
    ["* * ", ""],
    ["__", ""],
    ["* * *\n", "* * *\n"],
    ["***\n", "***\n"],
    ["**굵게**\n", "**굵게**\n"],
  ],
  "underlined heading": [
    ["앞\n-", "앞\n"],
    ["앞\n---", "앞\n"],
    ["앞\n---\n", "앞\n---\n"],
    ["앞\n=", "앞\n"],
    ["앞\n- 하", "앞\n- 하"],
  ],
  fence: [
    ["앞\n`", "앞\n"],
    ["앞\n```", "앞\n"],
    ["앞\n```py", "앞\n"],
    ["```py\n", "```py\n"],
    ["```py\na **b", "```py\na **b"],
    ["```py\na\n`", "```py\na\n"],
    ["```py\na\n```", "```py\na\n"],
    ["~~~\na\n~~", "~~~\na\n"],
    ["```\na\n~~~ b", "```\na\n~~~ b"],
    ["- ```py", ""],
    ["```a```", "```a```"],
  ],
  "fence in a fence": [
    ["````md\n```\na **b", "````md\n```\na **b"],
    ["````md\n```\na\n```\n**b", "````md\n```\na\n```\n**b"],
    ["````\n```\n````\n**b", "````\n```\n````\n**b**"],
  ],
  table: [
    ["|", ""],
    ["| 이름", ""],
    ["| 이름 | 값 |\n", ""],
    ["| 이름 | 값 |\n|--", ""],
    ["| 이름 | 값 |\n|---|---|", ""],
    ["| 이름 | 값 |\n|---|---|\n", "| 이름 | 값 |\n|---|---|\n"],
    ["| a |\n|---|\n| **b", "| a |\n|---|\n| **b**"],
    ["앞\n| a", "앞\n"],
    ["> | a |", ""],
    ["> 앞\n> | a |\n> |--", "> 앞\n"],
    ["> | a |\n> |---|\n", "> | a |\n> |---|\n"],
  ],
  tags: [
    ["한 줄<", "한 줄"],
    ["한 줄<b", "한 줄"],
    ["한 줄<br /", "한 줄"],
    ["한 줄<br>", "한 줄<br>"],
    ["H<sub", "H"],
    ["H<sub>", "H"],
    ["H<sub>2", "H<sub>2</sub>"],
    ["H<sub>2<", "H<sub>2</sub>"],
    ["H<sub>2</su", "H<sub>2</sub>"],
    ["H<sub>2</sub>O", "H<sub>2</sub>O"],
    ["<u>**굵", "<u>**굵**</u>"],
    ["**<kbd>Ctrl", "**<kbd>Ctrl</kbd>**"],
    ["<sub> 와 `code`", "<sub> 와 `code`"],
    ["`<sub>a", "`<sub>a`"],
    ["<b>굵", "<b>굵"],
    ["<br class", "<br class"],
  ],
  markup: [
    ["a < b", "a < b"],
    ["<div", "<div"],
    ["a & b &am", "a & b &am"],
  ],
}

test("of unfinished constructs only the certain part is shown", () => {
  for (const [construct, cases] of Object.entries(CASES)) {
    for (const [text, shown] of cases) equal(stablePreview(text).text, shown, `${construct} ${JSON.stringify(text)}:`)
  }
})

test("an open formula is distinguished from a complete one", () => {
  for (const text of ["값 $x", "$$\nx", "\\(a", "값 $$a$"]) equal(stablePreview(text).open, true, text)
  for (const text of ["값 $x$", "값 $", "`a", "$5", "**a"]) equal(stablePreview(text).open, false, text)
})

test("within a table each line is a row", () => {
  equal(stablePreview("| 1 | **2", { inTable: true }).text, "| 1 | **2**")
  equal(stablePreview("| 1 |\n", { inTable: true }).text, "| 1 |\n")
  equal(stablePreview("| *1 |\n| 2 |", { inTable: true }).text, "| *1 |\n| 2 |")
})

test("in a long paragraph only open marks are closed", () => {
  const paragraph = "plain words, **an important term** and `some code` and more words, ".repeat(150).trim()
  for (let at = paragraph.length - 70; at < paragraph.length; at += 1) {
    const { text } = stablePreview(paragraph.slice(0, at))
    equal((text.match(/\*\*/g) ?? []).length % 2, 0, text.slice(-40))
    equal((text.match(/`/g) ?? []).length % 2, 0, text.slice(-40))
  }
})

test("hostile marks take linear time", () => {
  for (const mark of [
    "[",
    "![",
    "*a ",
    "_a *b ",
    "](",
    "[a](((",
    "$a ",
    "$",
    "\\(",
    "<sub>",
    "<",
    "`a ",
    "> ",
    "- ",
    "|\n",
    "$$\n",
    "\\",
    "\\\n",
  ]) {
    const text = mark.repeat(192_000 / mark.length)
    // Linear time takes a tenth of this, quadratic time minutes.
    const took = Math.min(...[1, 2, 3].map(() => milliseconds(() => stablePreview(text))))
    ok(took < 1000, `${JSON.stringify(mark)} took ${took} ms`)
  }
})

function milliseconds(act) {
  const start = performance.now()
  act()
  return performance.now() - start
}

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
