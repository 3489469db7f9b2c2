import { mathPlugin } from "../../../static/js/math/markdown_math.js"
import MarkdownIt from "../../../static/vendor/markdown-it-15.0.3/dist/browser/markdown-it.esm.min.mjs"
import { equal, ok, test } from "../harness.js"

const md = new MarkdownIt({ html: false, linkify: true }).use(mathPlugin)
const inline = (tex) => `<span class="math">${tex}</span>`
const display = (tex) => `<span class="math math--display">${tex}</span>`
const block = (tex) => `<div class="math math--display">${tex}</div>\n`

/** Texts of one paragraph, and what is in it. */
const PARAGRAPHS = [
  ["$x$", inline("x")],
  ["$x$는 수입니다", `${inline("x")}는 수입니다`],
  ["함수$f$는 $g$와 같습니다.", `함수${inline("f")}는 ${inline("g")}와 같습니다.`],
  ['($a$), "$b$"', `(${inline("a")}), &quot;${inline("b")}&quot;`],
  ["**$x$**", `<strong>${inline("x")}</strong>`],
  ["the $n$th of $k$s", `the ${inline("n")}th of ${inline("k")}s`],
  ["$a_1 * b_2 * c$", inline("a_1 * b_2 * c")],
  ["$a < b$", inline("a &lt; b")],
  ["$a\nb$", inline("a\nb")],
  ["$\\$5$", inline("\\$5")],
  ["$\\text{속도} = 3$", inline("\\text{속도} = 3")],
  ["$3 \\times 4 = 12개$", inline("3 \\times 4 = 12개")],
  ["$3 \\text{ cm}$와 $2ab$", `${inline("3 \\text{ cm}")}와 ${inline("2ab")}`],
  ["$100$과 $1,000$", `${inline("100")}과 ${inline("1,000")}`],
  ["\\(a\\)와 \\(b\\)는", `${inline("a")}와 ${inline("b")}는`],
  ["앞 \\[b\\] 뒤", `앞 ${display("b")} 뒤`],
  ["앞 $$E=mc^2$$ 뒤", `앞 ${display("E=mc^2")} 뒤`],
  ["[a $x$ b](http://a)", `<a href="http://a">a ${inline("x")} b</a>`],
  ["\\(\\text{속도}\\)", inline("\\text{속도}")],
  ["CO$_2$ and 10$^\\circ$C", `CO${inline("_2")} and 10${inline("^\\circ")}C`],
  [
    "5$\\mu$m, 2$\\times$ faster, x $\\approx$5, 7$\\,$kg",
    `5${inline("\\mu")}m, 2${inline("\\times")} faster, x ${inline("\\approx")}5, 7${inline("\\,")}kg`,
  ],
  ["$10^{-3}$m, $5 \\mu$m", `${inline("10^{-3}")}m, ${inline("5 \\mu")}m`],
  ["\\(ABC\\)와 \\(abc\\)", `${inline("ABC")}와 ${inline("abc")}`],
  // Prices, shells and prose.
  ["$5 and $6", "$5 and $6"],
  ["$5~$10", "$5~$10"],
  ["$5-$10, $5/월", "$5-$10, $5/월"],
  ["US$100, US$200 또는 A$300", "US$100, US$200 또는 A$300"],
  ["US$100과 US$ 200", "US$100과 US$ 200"],
  ["가격은 $5이고 $6입니다", "가격은 $5이고 $6입니다"],
  ["$5이고,$ 6", "$5이고,$ 6"],
  ["$5(약 7,000원)과 10$", "$5(약 7,000원)과 10$"],
  ["$5 per month, or 50$ per year", "$5 per month, or 50$ per year"],
  ["$20,000와 $x$", `$20,000와 ${inline("x")}`],
  ["100$ 또는 200$", "100$ 또는 200$"],
  ["$HOME/bin:$PATH ${A}:${B} $$", "$HOME/bin:$PATH ${A}:${B} $$"],
  ["\\$5$ \\$x\\$", "$5$ $x$"],
  ["$ x $ $y $", "$ x $ $y $"],
  ["$$$ $$$$ $$$ a $$$", "$$$ $$$$ $$$ a $$$"],
  ["`$x$` `\\(y\\)` $a `b$`", "<code>$x$</code> <code>\\(y\\)</code> $a <code>b$</code>"],
  ["\\\\(a\\\\) \\\\[b\\\\]", "\\(a\\) \\[b\\]"],
  ["\\[참고\\] \\(예: 서울\\) \\[TODO\\]", "[참고] (예: 서울) [TODO]"],
  ["\\(see below\\)", "(see below)"],
  ["\\[1\\](address)", "[1](address)"],
  ["as in \\[1\\], \\[2, 3\\] and \\[4–6\\]", "as in [1], [2, 3] and [4–6]"],
  ["$PATH:$_OLD:$X", "$PATH:$_OLD:$X"],
  ["5$\\~10$", "5$~10$"],
  ["\\(a \\[b", "(a [b"],
  ["$$ is the PID of $0", "$$ is the PID of $0"],
]

/** Texts of several blocks. */
const BLOCKS = [
  ["$$E=mc^2$$", block("E=mc^2")],
  ["$$\nx\n$$", block("x")],
  ["\\[\n  x\n  y\n\\]", block("x\n  y")],
  ["\\[42\\]", block("42")],
  ["앞\n$$\na\n- b\n= c\n\n+ d\n$$\n뒤", `<p>앞</p>\n${block("a\n- b\n= c\n\n+ d")}<p>뒤</p>\n`],
  ["$$x\n+ y$$\n뒤", `${block("x\n+ y")}<p>뒤</p>\n`],
  ["$$\nx\n$$입니다. $y$\n다음", `${block("x")}<p>입니다. ${inline("y")}\n다음</p>\n`],
  ["> $$\n> a\n> $$\n\nb", `<blockquote>\n${block("a")}</blockquote>\n<p>b</p>\n`],
  ["1. 식\n   \\[\n   x\n   \\]\n2. b", `<ol>\n<li>식${block("x")}</li>\n<li>b</li>\n</ol>\n`],
  ["- a\n\n  $$x$$\n\n  b", `<ul>\n<li>\n<p>a</p>\n${block("x")}<p>b</p>\n</li>\n</ul>\n`],
  ["- $$\n  x\n- b", `<ul>\n<li>${block("x").trimStart()}</li>\n<li>b</li>\n</ul>\n`],
  ["    $$\n    x\n    $$", "<pre><code>$$\nx\n$$\n</code></pre>\n"],
  ["```\n$$\nx\n$$\n```", "<pre><code>$$\nx\n$$\n</code></pre>\n"],
  [
    "| a | b |\n|---|---|\n| $x$ | $5 |",
    `<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>${inline("x")}</td>\n<td>$5</td>\n</tr>\n</tbody>\n</table>\n`,
  ],
  ["$$ is the PID\n\nof $$", "<p>$$ is the PID</p>\n<p>of $$</p>\n"],
  // An unfinished formula is a formula.
  ["$$\nx = 1", block("x = 1")],
  ["\\[\n\\frac{1}{2}\n- x", block("\\frac{1}{2}\n- x")],
]

test("formulas are distinguished from prices in a paragraph", () => {
  for (const [text, expected] of PARAGRAPHS) equal(md.render(text), `<p>${expected}</p>\n`, text)
})

test("block formulas work between and inside other blocks", () => {
  for (const [text, expected] of BLOCKS) equal(md.render(text).replaceAll("<li>\n<div", "<li><div"), expected, text)
})

test("tokens contain the TeX, and block tokens their lines", () => {
  const tokens = md.parse("a \\(x\\) $$z$$\n\n$$\ny\n$$\n", {})
  const [, one, , two] = tokens[1].children
  equal([one.type, one.content, two.type, two.content], ["math_inline", "x", "math_inline_display", "z"])
  equal([tokens.at(-1).type, tokens.at(-1).content, tokens.at(-1).map], ["math_block", "y", [2, 5]])
})

test("hostile texts take linear time", () => {
  const hostile = [
    "$",
    "$ ",
    "$a ",
    "$$ ",
    "$$a",
    "\\( ",
    "\\[ ",
    "\\(\\)",
    "\\[\n",
    "\\[ x\n",
    "$$ x\n",
    "$\\",
    "$\\$",
    "$$`",
    "$a`",
    "- $$ x\n",
  ]
  for (const piece of hostile) {
    const text = piece.repeat(100_000 / piece.length)
    for (const end of ["", " \\] \\) $$ t"]) {
      const steps = countedSteps(() => md.render(text + end))
      ok(steps < 6 * text.length, `${JSON.stringify(piece)} took ${steps} steps`)
    }
  }
})

/** The number of positions that were compared with a mark. */
function countedSteps(act) {
  const { startsWith } = String.prototype
  let steps = 0
  String.prototype.startsWith = function counting(...what) {
    steps += 1
    return startsWith.apply(this, what)
  }
  try {
    act()
  } finally {
    String.prototype.startsWith = startsWith
  }
  return steps
}
