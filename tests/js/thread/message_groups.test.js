import { MessageGroups } from "../../../static/js/thread/message_groups.js"
import { equal, ok, seeded, test } from "../harness.js"

function paper() {
  const root = document.createElement("div")
  const sheets = new MessageGroups({ root, heightOf: () => 2 })
  const shown = () => [...root.children].map(({ children }) => [...children].map(({ textContent }) => textContent))
  return { root, sheets, shown }
}

function element(text) {
  const made = document.createElement("p")
  made.textContent = text
  return made
}

const elements = (from, to) => Array.from({ length: to - from }, (_, at) => element(String(from + at)))

test("elements are grouped, with an estimated height", () => {
  const { root, sheets, shown } = paper()
  sheets.show(elements(0, 50))
  equal(
    shown().map(({ length }) => length),
    [10, 20, 20],
  )
  equal(root.lastChild.style.getPropertyValue("--estimate"), "40rem")
})

test("new elements fill the last group, older ones get new groups, and none moves", () => {
  const { root, sheets, shown } = paper()
  const first = elements(100, 130)
  sheets.show(first)
  const before = [...root.children]
  const whole = [...elements(60, 100), ...first, ...elements(130, 145)]
  sheets.show(whole)
  equal(
    shown().flat(),
    whole.map(({ textContent }) => textContent),
  )
  equal(
    shown().map(({ length }) => length),
    [20, 20, 10, 20, 15],
  )
  ok(before.every((sheet) => sheet.parentElement === root))
})

test("a branch replaces the removed elements beside those that stay", () => {
  const { sheets, shown } = paper()
  const stem = elements(0, 5)
  sheets.show([...stem, ...elements(5, 45)])
  sheets.show([...stem, element("x"), element("y")])
  equal(shown(), [["0", "1", "2", "3", "4", "x", "y"]])
})

test("the order is right after random changes", () => {
  const random = seeded(3)
  const { root, sheets, shown } = paper()
  let list = elements(0, 30)
  for (let round = 0; round < 300; round += 1) {
    const at = random(list.length + 1)
    list = [...list.slice(0, at), ...elements(0, random(30)), ...list.slice(at + random(40))]
    sheets.show(list)
    equal(
      shown().flat(),
      list.map(({ textContent }) => textContent),
      `round ${round}:`,
    )
    ok(
      [...root.children].every((sheet) => sheet.children.length > 0),
      "no empty sheet",
    )
    if (list.length === 0) continue
    const [old, fresh] = [list[random(list.length)], element("new")]
    old.replaceWith(fresh)
    sheets.replaced(old, fresh)
    list[list.indexOf(old)] = fresh
  }
})
