import { equal, test } from "../../harness.js"
import { built, expected } from "./normal_form.js"

function sameAs(cases) {
  for (const [markdown, html] of cases) equal(built(markdown), expected(html), `${JSON.stringify(markdown)}:`)
}
function sameForm(cases) {
  for (const [markdown, form] of cases) equal(built(markdown), form, `${JSON.stringify(markdown)}:`)
}

const table = (head, ...rows) =>
  `<div class="table"><table><thead><tr>${cells("th", head)}</tr></thead>${
    rows.length > 0 ? `<tbody>${rows.map((row) => `<tr>${cells("td", row)}</tr>`).join("")}</tbody>` : ""
  }</table></div>`
/** A cell as its text, with "<", ">" or "^" before it for its alignment. */
const cells = (tag, texts) =>
  texts
    .map((text) => {
      const side = { "<": "left", ">": "right", "^": "center" }[/^[<>^](?!\w+>|\/)/.exec(text)?.[0]]
      return `<${tag}${side ? ` class="align-${side}"` : ""}>${side ? text.slice(1) : text}</${tag}>`
    })
    .join("")

test("tables follow GitHub", () =>
  sameForm([
    ["| a | b |\n| - | - |\n| c | d |\n", table(["a", "b"], ["c", "d"])],
    ["| a | b | c |\n| :- | :-: | -: |\n| d | e | f |\n", table(["<a", "^b", ">c"], ["<d", "^e", ">f"])],
    ["a | b\n--- | ---\nc | d\n", table(["a", "b"], ["c", "d"])],
    ["| a \\| b |\n| - |\n| `\\|` **\\|** |\n", table(["a | b"], ["<code>|</code> <strong>|</strong>"])],
    ["| a | b |\n| - | - |\n| c |\n| d | e | f |\n", table(["a", "b"], ["c", ""], ["d", "e"])],
    ["| a |\n| - | - |\n| c |\n", "<p>| a |\n| - | - |\n| c |</p>"],
    ["| a |\n| - |\n", table(["a"])],
    ["| a |\n| - |\n| b |\n> c\n", `${table(["a"], ["b"])}<blockquote><p>c</p></blockquote>`],
    ["| a |\n| - |\nb\n\nc\n", `${table(["a"], ["b"])}<p>c</p>`],
    ["text\n| a |\n| - |\n", `<p>text</p>${table(["a"])}`],
    ["- | a |\n  | - |\n  | b |\n", `<ul><li>${table(["a"], ["b"])}</li></ul>`],
    [
      "| 이름 | 값 |\n|---|---|\n| **합계(원)**는 | 1~2 |\n",
      table(["이름", "값"], ["<strong>합계(원)</strong>는", "1~2"]),
    ],
  ]))

test("strikethrough follows GitHub, and Korean ranges are not struck out", () =>
  sameAs([
    ["~~Hi~~ Hello, there!", "<p><s>Hi</s> Hello, there!</p>"],
    ["This ~~has a\n\nnew paragraph~~.", "<p>This ~~has a</p><p>new paragraph~~.</p>"],
    ["~~**a** `b`~~", "<p><s><strong>a</strong> <code>b</code></s></p>"],
    ["~~ a ~~ \\~~b~~", "<p>~~ a ~~ ~~b~~</p>"],
    ["~~취소~~선, ~~취소(선)~~입니다", "<p><s>취소</s>선, <s>취소(선)</s>입니다</p>"],
    ["10~20대와 30~40대, 3~4시~5~6시", "<p>10~20대와 30~40대, 3~4시~5~6시</p>"],
  ]))

test("task lists follow GitHub", () =>
  sameForm([
    ["- [ ] foo\n- [x] bar\n", '<ul><li class="task"><o>foo</li><li class="task"><x>bar</li></ul>'],
    ["- [X] a\n  - [ ] b\n- c\n", '<ul><li class="task"><x>a<ul><li class="task"><o>b</li></ul></li><li>c</li></ul>'],
    ["1. [x] a\n\n2. [ ] b\n", '<ol><li class="task"><p><x>a</p></li><li class="task"><p><o>b</p></li></ol>'],
    [
      "- [ ]a\n- [y] b\n- [ ]\n- x [ ] y\n\n[ ] c\n",
      "<ul><li>[ ]a</li><li>[y] b</li><li>[ ]</li><li>x [ ] y</li></ul><p>[ ] c</p>",
    ],
    ["- [x] **할 일(1)**을\n", '<ul><li class="task"><x><strong>할 일(1)</strong>을</li></ul>'],
  ]))

const link = (href, text = href) => `<a href="${href}">${text}</a>`

test("bare links follow GitHub and exclude Korean", () =>
  sameAs([
    ["www.commonmark.org", `<p>${link("http://www.commonmark.org", "www.commonmark.org")}</p>`],
    [
      "Visit www.commonmark.org/help for more.",
      `<p>Visit ${link("http://www.commonmark.org/help", "www.commonmark.org/help")} for more.</p>`,
    ],
    [
      "Visit https://example.com. See https://example.com/a.b.",
      `<p>Visit ${link("https://example.com")}. See ${link("https://example.com/a.b")}.</p>`,
    ],
    [
      "(https://example.com/a_(b)) https://example.com/a)",
      `<p>(${link("https://example.com/a_(b)")}) ${link("https://example.com/a")})</p>`,
    ],
    ["https://example.com/<b", `<p>${link("https://example.com/")}&lt;b</p>`],
    ["**https://example.com/**", `<p><strong>${link("https://example.com/")}</strong></p>`],
    [
      "`https://example.com` [https://a.com](https://b.com)",
      `<p><code>https://example.com</code> ${link("https://b.com", "https://a.com")}</p>`,
    ],
    ["a.b-c_d@example.com", `<p>${link("mailto:a.b-c_d@example.com", "a.b-c_d@example.com")}</p>`],
    ["main.py example.com a.io/b 1.2.3.4", "<p>main.py example.com a.io/b 1.2.3.4</p>"],
    ["https://example.com입니다", `<p>${link("https://example.com")}입니다</p>`],
    [
      "(https://example.com)에서, “https://example.com/a”를",
      `<p>(${link("https://example.com")})에서, “${link("https://example.com/a")}”를</p>`,
    ],
    [
      "주소는https://example.com이고、www.example.com。",
      `<p>주소는${link("https://example.com")}이고、${link("http://www.example.com", "www.example.com")}。</p>`,
    ],
    ["http://한국.kr 과 ftp://한국", "<p>http://한국.kr 과 ftp://한국</p>"],
    ["help@example.com으로", `<p>${link("mailto:help@example.com", "help@example.com")}으로</p>`],
  ]))

test("emphasis works next to Korean", () =>
  sameAs([
    ["**굵게(bold)**입니다", "<p><strong>굵게(bold)</strong>입니다</p>"],
    ["**“인용”**은 **‘인용’**이", "<p><strong>“인용”</strong>은 <strong>‘인용’</strong>이</p>"],
    [
      "**굵게.**그리고 **굵게!**라고 **`코드`**를",
      "<p><strong>굵게.</strong>그리고 <strong>굵게!</strong>라고 <strong><code>코드</code></strong>를</p>",
    ],
    ["*기울임*체 그리고*기울임(체)*도", "<p><em>기울임</em>체 그리고<em>기울임(체)</em>도</p>"],
    ["***둘 다(both)***입니다", "<p><em><strong>둘 다(both)</strong></em>입니다</p>"],
    ["`코드`를 ``코`드``를", "<p><code>코드</code>를 <code>코`드</code>를</p>"],
    ["**「제목」**（전각）과 **【중요】**。", "<p><strong>「제목」</strong>（전각）과 <strong>【중요】</strong>。</p>"],
    ["**[문서](https://example.com)**에서", `<p><strong>${link("https://example.com", "문서")}</strong>에서</p>`],
    ["[문서(1)](https://example.com)를", `<p>${link("https://example.com", "문서(1)")}를</p>`],
    ["snake_case_이름 과 __굵게__", "<p>snake_case_이름 과 <strong>굵게</strong></p>"],
    ["# 제목입니다 #\n\n부제\n---\n", "<h1>제목입니다</h1><h2>부제</h2>"],
    ["#제목\n", "<p>#제목</p>"],
    ["1. 첫째\n2. 둘째\n   - 가\n   - 나\n", "<ol><li>첫째</li><li>둘째<ul><li>가</li><li>나</li></ul></li></ol>"],
    ["가. 첫째\n나. 둘째", "<p>가. 첫째\n나. 둘째</p>"],
    ["> 인용문\n이어서", "<blockquote><p>인용문\n이어서</p></blockquote>"],
    ["２＊３＊４ 그리고 2*3*4", "<p>２＊３＊４ 그리고 2<em>3</em>4</p>"],
  ]))

test("footnotes, formulas and code work next to Korean", () =>
  sameForm([
    [
      "각주[^1]는\n\n[^1]: 설명(참고)입니다.\n",
      '<p>각주<sup class="footnote"><a href="#fn-id-1">[1]</a></sup>는</p><section class="footnotes"><ol><li><p>설명(참고)입니다. <a href="#fnref-id-1">↩\uFE0E</a></p></li></ol></section>',
    ],
    ["값 $x^2$는 $5입니다", "<p>값 <math>x^2</math>는 $5입니다</p>"],
    ["```python title\n출력(1)\n```\n다음", "<pre python>출력(1)</pre><p>다음</p>"],
  ]))

test("a few bare tags are rendered", () =>
  sameForm([
    [
      "| a | b |\n| - | - |\n| one<br>two | x<br/>y<BR />z |\n",
      table(["a", "b"], ["one<br>two", "x<br>y<br>z"]).replaceAll("<br>", "<br></br>"),
    ],
    ["H<sub>2</sub>O, x<SUP>**2**</sup>", "<p>H<sub>2</sub>O, x<sup><strong>2</strong></sup></p>"],
    [
      "<kbd>Ctrl</kbd>+<kbd>\\</kbd> <u>a *b* $x$</u>",
      "<p><kbd>Ctrl</kbd>+<kbd>\\</kbd> <u>a <em>b</em> <math>x</math></u></p>",
    ],
    [
      "[H<sub>2</sub>](https://a.com) **a<br>b**",
      `<p>${link("https://a.com", "H<sub>2</sub>")} <strong>a<br></br>b</strong></p>`,
    ],
    ["- [x] a<br>b", '<ul><li class="task"><x>a<br></br>b</li></ul>'],
  ]))

test("all other markup is text, however similar to those tags", () => {
  for (const text of [
    "<br class=a>",
    "<br onclick=alert(1)>",
    "<br/ >",
    "<br\nx>",
    "</br>",
    "<sub class=a>2</sub>",
    "<sub>2",
    "2</sub>",
    "<sub></sub>",
    "<sub >2</sub>",
    "<sub>2</sup>",
    "<u\u0000>a</u>",
    "<sub><script>alert(1)</script></sub>",
    "<u><img src=x onerror=alert(1)></u>",
    "<kbd>`</kbd>`",
    "<b>a</b>",
    "<mark>a</mark>",
  ]) {
    const form = built(text)
    equal(/<(?!\/?(?:p|code)>)/.exec(form)?.[0], undefined, `${text}: ${form}`)
  }
  for (const text of ["`<br>`", "\\<br>", "`<sub>2</sub>`"]) equal(/<br>|<sub>/.test(built(text)), false, text)
})

test("pipes in code and formulas do not separate cells, unless GitHub's reading alone fits the table", () =>
  sameForm([
    [
      "| a | b |\n|---|---|\n| `x|y` | $P(A|B)$ |\n| ``a | ` b`` | \\(|x|\\) |\n",
      table(["a", "b"], ["<code>x|y</code>", "<math>P(A|B)</math>"], ["<code>a | ` b</code>", "<math>|x|</math>"]),
    ],
    ["| a |\n|---|\n| `a \\|\\| b` |\n", table(["a"], ["<code>a || b</code>"])],
    [
      "| a | b | c |\n|--|--|--|\n| $P(A\\|B)$ | $\\ln\\|x\\|$ | $\\|v\\|$ |\n",
      table(["a", "b", "c"], ["<math>P(A|B)</math>", "<math>\\ln|x|</math>", "<math>\\|v\\|</math>"]),
    ],
    ["| `a|b` | c |\n|---|---|\n| d | e |\n", table(["<code>a|b</code>", "c"], ["d", "e"])],
    ["| a | b |\n|---|---|\n| ` | a backtick ` |\n", table(["a", "b"], ["`", "a backtick `"])],
    ["| a | b |\n|---|---|\n| $5 | $6 |\n|$c|$d|\n", table(["a", "b"], ["$5", "$6"], ["$c", "$d"])],
    ["a | `b|c`\n-|-\n1|`d||e`\n", table(["a", "<code>b|c</code>"], ["1", "<code>d||e</code>"])],
    ["- | a |\n  |---|\n  | `x|y` |\n", `<ul><li>${table(["a"], ["<code>x|y</code>"])}</li></ul>`],
    ["not a table `a|b`\n| c | d |", "<p>not a table <code>a|b</code>\n| c | d |</p>"],
  ]))

const math = (tex) => `<math>${tex.replaceAll("&", "&amp;")}</math>`

test("bare environments are formulas", () =>
  sameForm([
    [
      "a:\n\\begin{align}\nx &= 1 \\\\\ny &= 2\n\\end{align}\nb",
      `<p>a:</p>${math("\\begin{align}\nx &= 1 \\\\\ny &= 2\n\\end{align}")}<p>b</p>`,
    ],
    ["\\begin{gather*}\na\n\nb\n\\end{gather*}", math("\\begin{gather*}\na\n\nb\n\\end{gather*}")],
    ["\\begin{equation}\nx = 1", math("\\begin{equation}\nx = 1")],
    ["\\begin{equation}\nx = 1\n\nmore", "<p>\\begin{equation}\nx = 1</p><p>more</p>"],
    [
      "f = \\begin{cases} 1 & a \\\\ 0 \\end{cases} 입니다",
      `<p>f = ${math("\\begin{cases} 1 & a \\\\ 0 \\end{cases}")} 입니다</p>`,
    ],
    [
      "1. a\n   \\begin{pmatrix}\n   1\n   \\end{pmatrix}\n2. b",
      `<ol><li>a${math("\\begin{pmatrix}\n1\n\\end{pmatrix}")}</li><li>b</li></ol>`,
    ],
    [
      "> \\begin{split}\n> a_1\n> \\end{split}",
      `<blockquote>${math("\\begin{split}\na_1\n\\end{split}")}</blockquote>`,
    ],
    [
      "\\begin{matrix}\\begin{matrix}1\\end{matrix}\\end{matrix}.",
      `<p>${math("\\begin{matrix}\\begin{matrix}1\\end{matrix}\\end{matrix}")}.</p>`,
    ],
    ["between \\begin{align} and \\end{align}", "<p>between \\begin{align} and \\end{align}</p>"],
    ["\\begin{itemize}\n\\item a", "<p>\\begin{itemize}\n\\item a</p>"],
    ["    \\begin{align}\n    a", "<pre >\\begin{align}\na</pre>"],
    ["`\\begin{align}a=1\\end{align}`", "<p><code>\\begin{align}a=1\\end{align}</code></p>"],
  ]))
