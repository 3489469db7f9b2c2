import { meaning } from "../../static/js/enter_key.js"
import { TextBox } from "../../static/js/text_box.js"
import { equal, test } from "./harness.js"

const key = (fields) => ({ key: "Enter", keyCode: 13, isComposing: false, shiftKey: false, altKey: false, ...fields })

test("Enter sends, Shift+Enter breaks the line, Esc cancels, letters mean nothing", () => {
  equal(meaning(key({})), "send")
  equal(meaning(key({ shiftKey: true })), "newline")
  equal(meaning(key({ key: "Escape", keyCode: 27 })), "cancel")
  equal(meaning(key({ key: "a", keyCode: 65 })), null)
})

test("an Enter that ends a composition sends nothing, in both orders of events", () => {
  equal(meaning(key({ isComposing: true, keyCode: 229 })), null, "Chrome and Firefox:")
  equal(meaning(key({ isComposing: false, keyCode: 229 })), null, "Safari:")
  equal(meaning(key({ isComposing: true })), null)
})

/** A box in the page, and what it sent. */
function box() {
  const element = document.body.appendChild(document.createElement("textarea"))
  const sent = []
  const textBox = new TextBox(element, { send: () => sent.push(textBox.text) })
  const press = (fields) => element.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", cancelable: true, ...fields }))
  return { element, sent, textBox, press }
}

test("the composing Enter leaves the box alone; the next one sends the whole text once", () => {
  const { element, sent, textBox, press } = box()
  textBox.text = "안녕"
  element.dispatchEvent(new CompositionEvent("compositionstart"))
  equal(press({ keyCode: 229, isComposing: true }), true, "not prevented:")
  element.dispatchEvent(new CompositionEvent("compositionend", { data: "녕" }))
  press({ keyCode: 13 })
  equal(sent, ["안녕"])
  element.remove()
})

test("Shift+Enter is left to the box", () => {
  const { element, sent, press } = box()
  equal(press({ keyCode: 13, shiftKey: true }), true)
  equal(sent, [])
  element.remove()
})
