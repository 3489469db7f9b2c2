import { isMarked, questionTree } from "../../../../static/js/markdown/parse/question_tree.js"
import { equal, ok, seeded, test } from "../../harness.js"

/** A tree in short: text, [text](href), and {language: code}. */
function short(text) {
  return questionTree(text).map((node) =>
    node.special
      ? { [node.language || node.special]: node.text }
      : node.children
          .map((child) => (typeof child === "string" ? child : `[${child.children[0]}](${child.attrs.href})`))
          .join(""),
  )
}

test("fences are code, and what is around them stays as it was typed", () => {
  equal(short("왜 안 되죠?\n\n```js\nlet a = `1`\n```\n  **그리고** 이건\n\n# 뭔가요"), [
    "왜 안 되죠?\n",
    { js: "let a = `1`" },
    "  **그리고** 이건\n\n# 뭔가요",
  ])
  equal(short("\n\n```\na\n```\n\n \n```\nb\n```\n\n"), [{ code: "a" }, { code: "b" }])
  equal(short("~~~\na\n~~~"), [{ code: "a" }])
  equal(short("```\n끝이 없는 코드"), [{ code: "끝이 없는 코드" }], "as in answers:")
  equal(short("````md\n```\nx\n```\n````"), [{ md: "```\nx\n```" }])
})

test("fences in lists and quotations, and inline code, stay as they were typed", () => {
  for (const text of ["- a\n  ```\n  b\n  ```", "> ```\n> b\n> ```", "그냥 ``` 세 개", "`a` *b* [c]"])
    equal(short(text), [text])
})

test("addresses are links by the rules of answers", () => {
  equal(short("https://example.com/a?b=1입니다. www.example.com, (http://a.b/c)"), [
    "[https://example.com/a?b=1](https://example.com/a?b=1)입니다. [www.example.com](http://www.example.com), ([http://a.b/c](http://a.b/c))",
  ])
  equal(short("write to me@example.com"), ["write to [me@example.com](mailto:me@example.com)"])
  equal(short("[docs](https://example.com)"), ["[docs]([https://example.com](https://example.com))"])
})

test("nothing else is a link", () => {
  for (const text of [
    "javascript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "ftp://a.b/c",
    "main.py",
    "a.b",
    "//a.b/c",
  ])
    equal(short(text), [text])
})

test("links open beside the page, without a way back to it", () => {
  const [{ children }] = questionTree("https://example.com")
  equal(children[0].attrs, { href: "https://example.com", target: "_blank", rel: "noopener noreferrer" })
})

test("no character is lost, and no block is long", () => {
  const random = seeded(5)
  const pieces = ["글 ", "word ", "\n", "\n\n", "<b>", "https://a.b/c ", "me@a.b ", "`x`", "- ", "    "]
  for (let n = 0; n < 200; n += 1) {
    const text = Array.from({ length: random(400) }, () => pieces[random(pieces.length)]).join("")
    const nodes = questionTree(text)
    const flat = (node) => (typeof node === "string" ? node : node.children.map(flat).join(""))
    equal(nodes.map(flat).join(""), text)
    for (const line of nodes) ok(flat(line).length < 1100 || !flat(line).trim().includes("\n"))
  }
})

test("a text without a mark needs no parser", () => {
  equal(["그냥 글\n- 목록", "a `b` c"].map(isMarked), [false, false])
  equal(["```", "~~~", "see https://a.b", "www.a.b", "MAILTO:a", "a@b.c"].map(isMarked), Array(6).fill(true))
})
