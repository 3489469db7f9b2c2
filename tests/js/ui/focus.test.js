import { arrangeChildren } from "../../../static/js/thread/message_groups.js"
import { passOnFocus } from "../../../static/js/ui/focus.js"
import { equal, ok, seeded, test } from "../harness.js"

function child(name) {
  const element = document.createElement("article")
  element.dataset.name = name
  for (const testid of ["prev", "next"]) {
    const button = element.appendChild(document.createElement("button"))
    button.dataset.testid = testid
  }
  return element
}

function root(...names) {
  document.body.replaceChildren()
  const scroller = document.body.appendChild(document.createElement("section"))
  scroller.tabIndex = 0
  const made = scroller.appendChild(document.createElement("div"))
  made.append(...names.map(child))
  return made
}

const exchange = (made, elements) =>
  passOnFocus(made, [...made.children], elements, () => arrangeChildren(made, elements))
const names = (element) => [...element.children].map(({ dataset }) => dataset.name).join("")

test("children are reordered, and those already in order are not moved", () => {
  const random = seeded(7)
  for (let round = 0; round < 200; round += 1) {
    const made = root(..."abcdef")
    const all = [...made.children, child("x"), child("y")]
    const wanted = all
      .map((one) => [random(100), one])
      .sort(([a], [b]) => a - b)
      .map(([, one]) => one)
      .slice(random(8))
    arrangeChildren(made, wanted)
    equal(names(made), wanted.map(({ dataset }) => dataset.name).join(""))
  }
})

test("a child that stays keeps its focus", async () => {
  const made = root("a", "b", "c")
  const [, b, c] = made.children
  c.querySelector("button").focus()
  const moved = new Set()
  const watch = new MutationObserver((records) => {
    for (const { removedNodes } of records) for (const node of removedNodes) moved.add(node.dataset.name)
  })
  watch.observe(made, { childList: true })
  arrangeChildren(made, [child("x"), b, c])
  await Promise.resolve()
  equal([...moved], ["a"])
  ok(c.contains(document.activeElement))
})

test("focus in a replaced child moves to the same control of its replacement", () => {
  const made = root("a", "b")
  made.children[1].querySelector("[data-testid=next]").focus()
  const fresh = child("c")
  exchange(made, [made.children[0], fresh])
  ok(document.activeElement === fresh.querySelector("[data-testid=next]"))
})

test("focus moves to a neighbour of a disabled control, or else to the scroller", () => {
  const made = root("a")
  made.querySelector("[data-testid=next]").focus()
  const last = child("b")
  last.querySelector("[data-testid=next]").disabled = true
  exchange(made, [last])
  equal(document.activeElement.dataset.testid, "prev")
  exchange(made, [])
  equal(document.activeElement.tagName, "SECTION")
})
