import { keyAction } from "../../../static/js/ui/enter_key.js"
import { TextBox } from "../../../static/js/ui/text_box.js"
import { equal, test } from "../harness.js"

const key = (fields) => ({ key: "Enter", keyCode: 13, isComposing: false, shiftKey: false, altKey: false, ...fields })

test("Enter sends, Shift+Enter inserts a newline, Esc cancels, letters do nothing", () => {
  equal(keyAction(key({})), "send")
  equal(keyAction(key({ shiftKey: true })), "newline")
  equal(keyAction(key({ ctrlKey: true })), "send")
  equal(keyAction(key({ key: "Escape", keyCode: 27 })), "cancel")
  equal(keyAction(key({ key: "Escape", keyCode: 27, shiftKey: true })), null)
  equal(keyAction(key({ key: "a", keyCode: 65 })), null)
})

test("with mod+enter a plain Enter inserts a newline", () => {
  equal(keyAction(key({}), "mod+enter"), "newline")
  equal(keyAction(key({ shiftKey: true }), "mod+enter"), "newline")
  equal(
    [keyAction(key({ ctrlKey: true }), "mod+enter"), keyAction(key({ metaKey: true }), "mod+enter")],
    ["send", "send"],
  )
  equal(keyAction(key({ ctrlKey: true, isComposing: true }), "mod+enter"), null)
})

test("an Enter that ends a composition sends nothing, in both orders of events", () => {
  equal(keyAction(key({ isComposing: true, keyCode: 229 })), null, "Chrome and Firefox:")
  equal(keyAction(key({ isComposing: false, keyCode: 229 })), null, "Safari:")
  equal(keyAction(key({ isComposing: true })), null)
})

/** A box in the page, and what it sent. */
function box(sendKey = "enter") {
  const element = document.body.appendChild(document.createElement("textarea"))
  const sent = []
  const steps = []
  const textBox = new TextBox(element, {
    sendKey: { value: sendKey, hint: "send" },
    send: () => {
      sent.push(textBox.text)
      textBox.text = ""
    },
    step: (direction) => steps.push(direction) > 0,
  })
  const press = (fields) =>
    element.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", cancelable: true, ...fields }))
  const breakLine = (fields = {}) =>
    element.dispatchEvent(new InputEvent("beforeinput", { inputType: "insertLineBreak", cancelable: true, ...fields }))
  return { element, sent, steps, textBox, press, breakLine }
}

test("Enter during composition is ignored, and the next one sends the whole text once", () => {
  const { element, sent, textBox, press } = box()
  textBox.text = "안녕"
  element.dispatchEvent(new CompositionEvent("compositionstart"))
  equal(press({ keyCode: 229, isComposing: true }), true, "not prevented:")
  element.dispatchEvent(new CompositionEvent("compositionend", { data: "녕" }))
  press({ keyCode: 13 })
  equal([sent, textBox.text], [["안녕"], ""])
  element.remove()
})

test("if the keydown has keyCode 229 after the composition, the following line break sends", () => {
  const { element, sent, textBox, press, breakLine } = box()
  textBox.text = "합니다"
  element.dispatchEvent(new CompositionEvent("compositionstart"))
  element.dispatchEvent(new CompositionEvent("compositionend", { data: "다" }))
  equal([press({ keyCode: 229 }), sent], [true, []])
  equal(breakLine(), false, "prevented:")
  equal([sent, textBox.text], [["합니다"], ""])
  element.remove()
})

test("wanted, pasted or composed line breaks are inserted", () => {
  const { element, sent, press, breakLine } = box()
  equal(press({ keyCode: 13, shiftKey: true }), true)
  equal(breakLine(), true, "after Shift+Enter:")
  press({ key: "a", keyCode: 65 })
  equal(breakLine({ inputType: "insertFromPaste", data: "\n" }), true)
  equal(breakLine({ isComposing: true }), true)
  equal(sent, [])
  element.remove()
})

test("with mod+enter line breaks are inserted", () => {
  const { element, sent, press, breakLine } = box("mod+enter")
  equal([press({ keyCode: 13 }), breakLine()], [true, true])
  equal(press({ keyCode: 13, ctrlKey: true }), false)
  equal(sent, [""])
  element.remove()
})

test("only plain arrow keys call step", () => {
  const { element, steps, press } = box()
  press({ key: "ArrowUp", keyCode: 38 })
  press({ key: "ArrowDown", keyCode: 40 })
  press({ key: "ArrowUp", keyCode: 38, shiftKey: true })
  press({ key: "ArrowUp", keyCode: 229, isComposing: true })
  equal(steps, [-1, 1])
  element.remove()
})

test("the box is busy only while the user types", () => {
  const { element, textBox } = box()
  element.focus()
  equal(textBox.busy, false)
  element.dispatchEvent(new InputEvent("input"))
  equal(textBox.busy, true)
  element.blur()
  equal(textBox.busy, false)
  element.dispatchEvent(new CompositionEvent("compositionstart"))
  equal(textBox.busy, true)
  element.remove()
})
