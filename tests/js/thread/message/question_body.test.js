import { QuestionBody } from "../../../../static/js/thread/message/question_body.js"
import { countLines, isLong } from "../../../../static/js/thread/message/question_length.js"
import { renderer } from "../../../../static/js/thread/message/renderer_loader.js"
import { equal, ok, test } from "../../harness.js"

const format = { number: (n) => n.toLocaleString("en") }
const t = (key, values = {}) => [key, ...Object.values(values)].join(" ")
const clipboard = { copy: async () => true }

function body(text) {
  const held = []
  const view = new QuestionBody({ t, format, locale: "en", clipboard, hold: (element) => held.push(element) })
  document.body.append(view.element)
  view.show(text)
  view.finish()
  return { view, held, button: () => view.element.querySelector("button[data-testid=fold]") }
}

const numbered = (lines) => Array.from({ length: lines }, (_, n) => `line ${n}`).join("\n")

test("a long question is folded, and unfolds on demand, in its place", () => {
  const { view, held, button } = body(numbered(1270))
  equal([view.content.hasAttribute("data-folded"), button().textContent.trim()], [true, "showAllLines 1,270"])
  equal(button().ariaExpanded, "false")
  button().click()
  equal([view.content.hasAttribute("data-folded"), button().textContent.trim()], [false, "showLess"])
  equal(held, [view.content])
  view.show(numbered(1271))
  equal(view.content.hasAttribute("data-folded"), false, "as the reader has chosen:")
  view.element.remove()
})

test("a question of a few lines is not folded", () => {
  for (const text of ["짧은 질문", numbered(18)]) {
    const { view, button } = body(text)
    equal([view.content.hasAttribute("data-folded"), button()], [false, null])
    view.element.remove()
  }
})

test("one long paragraph is told by its characters", () => {
  const { view, button } = body("긴 문단 ".repeat(400))
  equal(button().textContent.trim(), "showAllCharacters 2,000")
  view.element.remove()
})

test("what is scrolled to in a folded question unfolds it", () => {
  const { view } = body(numbered(100))
  view.content.dispatchEvent(new Event("scroll"))
  equal(view.content.hasAttribute("data-folded"), false)
  view.element.remove()
})

test("the whole text stays in the page while it is folded", () => {
  const { view } = body(numbered(500))
  equal(view.content.textContent, numbered(500))
  view.element.remove()
})

test("fences and links are shown once the renderer is there; markup is text", async () => {
  const { view } = body("<b>왜?</b> https://example.com\n```js\nlet a\n```")
  await renderer.load()
  await new Promise((resolve) => setTimeout(resolve))
  equal(view.content.querySelector("a").href, "https://example.com/")
  ok(view.content.querySelector("figure.code").textContent.includes("let a"))
  equal(view.content.querySelector("b"), null)
  ok(view.text.includes("```js"), "the text is kept:")
  view.show("다른 글")
  equal(view.content.textContent, "다른 글")
  view.element.remove()
})

test("counting ends where it is enough", () => {
  equal(countLines(`${"a\n".repeat(10)}b`), 11)
  ok(countLines("a\n".repeat(1e6), 19) < 21)
  equal(isLong("\n".repeat(20)), false, "blank lines are less:")
})
