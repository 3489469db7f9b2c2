import { loadHighlighter } from "../../../static/js/code/highlight_js.js"
import { IncrementalHighlighter } from "../../../static/js/code/incremental_highlighter.js"
import { GRAMMAR_NAMES, grammarsFor, languageOf } from "../../../static/js/code/languages.js"
import { equal, ok, test } from "../harness.js"

const plain = (code) => code.split("\n").map((line) => (line ? [["", line]] : []))
const numbered = (code) => code.split("\n").map((line, n) => [[n % 2 ? "string" : "", line]])

test("languages are found by their aliases", () => {
  equal(languageOf("py"), { grammar: "python", label: "Python" })
  equal(languageOf("C++"), { grammar: "cpp", label: "C++" })
  equal(languageOf("TOML"), { grammar: "ini", label: "TOML" })
  equal(languageOf("html"), { grammar: "xml", label: "HTML" })
  equal(languageOf("language-js"), { grammar: "javascript", label: "JavaScript" })
  equal(languageOf("js{1,3}"), { grammar: "javascript", label: "JavaScript" })
  equal(languageOf("파이썬"), { grammar: null, label: "파이썬" })
  equal(languageOf(""), { grammar: null, label: "" })
  equal(languageOf("constructor"), { grammar: null, label: "constructor" })
})

test("every language loads with its dependencies and keeps every character", async () => {
  const code = 'a < b && \'c\' "d" /* e */ # f\n<p style="x">{{ g }}</p>\n\n\t$h = `i ${j}` -- 글 😀\n\r\n;'
  for (const name of GRAMMAR_NAMES) {
    const highlight = await loadHighlighter(name)
    equal(
      highlight(code)
        .map((line) => line.map(([, text]) => text).join(""))
        .join("\n"),
      code,
      name,
    )
  }
  equal(grammarsFor("markdown"), ["markdown", "xml", "css", "javascript", "graphql"])
})

test("only changed lines are reported", () => {
  const one = new IncrementalHighlighter({ highlight: numbered })
  one.add("a\nb\nc\nd")
  equal(
    one
      .read()
      .flat()
      .map(([n]) => n),
    [1, 3],
  )
  one.add("\n")
  equal(
    one
      .read({ all: true })
      .flat()
      .map(([n, tokens]) => [n, tokens]),
    [[3, [["string", "d"]]]],
  )
})

test("a line of many thousand characters stays plain", () => {
  const one = new IncrementalHighlighter({ highlight: numbered })
  one.add(`a\n${"b".repeat(6000)}\nc\nd\n`)
  equal(
    one
      .read()
      .flat()
      .map(([n]) => n),
    [3],
  )
})

test("plain lines are never reported", () => {
  const one = new IncrementalHighlighter({ highlight: plain })
  one.add("a\n\nb")
  equal(one.read({ all: true }), [])
})

test("many changes are reported in parts", () => {
  const one = new IncrementalHighlighter({ highlight: numbered })
  one.add("x\n".repeat(10_000))
  const parts = one.read()
  ok(parts.length > 4 && parts.every((part) => part.length <= 1000))
})

test("the first line is highlighted at once, later ones after enough growth or a rest", () => {
  let now = 0
  const one = new IncrementalHighlighter({
    highlight: (code) => {
      now += 5
      return plain(code)
    },
    now: () => now,
  })
  equal(one.wait, Infinity)
  one.add("no line end yet")
  equal(one.wait, Infinity)
  one.add("\n")
  equal(one.wait, 0)
  one.add(`${"x".repeat(1000)}\n`)
  one.read()
  equal(one.wait, Infinity)
  one.add("y\n")
  equal(one.wait, 50)
  now += 50
  equal(one.wait, 0)
  now -= 40
  one.add(`${"z".repeat(200)}\n`)
  equal(one.wait, 0)
})

test("highlighting a growing block costs a few times a single pass", () => {
  let read = 0
  const one = new IncrementalHighlighter({
    highlight: (code) => {
      read += code.length
      return plain(code)
    },
    now: () => 0.5 * read,
  })
  for (let n = 0; n < 20_000; n += 1) {
    one.add("line\n")
    if (one.wait === 0) one.read()
  }
  ok(read < 10 * 100_000, String(read))
})
