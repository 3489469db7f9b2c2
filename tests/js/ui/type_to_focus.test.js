import { TypeToFocus } from "../../../static/js/ui/type_to_focus.js"
import { equal, test } from "../harness.js"

/**
 * Press a key with the focus in some markup; returns whether the box got the focus and whether the default was kept.
 */
function pressed(key, { at = "<button>b</button>", busy = false, ...fields } = {}) {
  const place = document.createElement("div")
  place.innerHTML = at
  let written = false
  const keys = new TypeToFocus({
    busy: () => busy,
    write: () => {
      written = true
    },
  })
  place.addEventListener("keydown", (event) => keys.keydown(event))
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...fields })
  place.firstElementChild.dispatchEvent(event)
  return [written, !event.defaultPrevented]
}

test("typed characters go to the message box", () => {
  for (const key of ["a", "A", "1", "?", "/", "é", "ㅎ", "Dead"]) equal(pressed(key), [true, true], `${key}:`)
  equal(pressed("a", { at: "<section tabindex=0></section>" }), [true, true])
})

test("keys taken by an input method count only if they are letters", () => {
  equal(pressed("Process", { keyCode: 229, code: "KeyG" }), [true, true])
  equal(pressed("Process", { keyCode: 229, code: "ArrowUp" }), [false, true])
  equal(pressed("Escape", { keyCode: 229, code: "Escape" }), [false, true])
})

test("other keys keep their function", () => {
  for (const key of [" ", "Enter", "Tab", "Escape", "ArrowUp", "Home", "F5", "Shift"])
    equal(pressed(key), [false, true], `${key}:`)
  for (const held of ["ctrlKey", "metaKey", "altKey"]) equal(pressed("c", { [held]: true }), [false, true], `${held}:`)
})

test("fields and dialogs keep their letters", () => {
  const places = [
    "<input>",
    "<textarea></textarea>",
    "<select></select>",
    "<p contenteditable></p>",
    "<button role=menuitem></button>",
    "<button role=tab></button>",
    "<a role=option></a>",
  ]
  for (const at of places) equal(pressed("a", { at }), [false, true], `${at}:`)
  equal(pressed("a", { busy: true }), [false, true])
})
