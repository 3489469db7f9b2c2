import { Shortcut } from "../../static/js/shortcut.js"
import { equal, ok, test } from "./harness.js"

const pressed = (fields) => ({
  key: "k", code: "KeyK", metaKey: false, ctrlKey: false, altKey: false, shiftKey: false, ...fields,
})

test("the platform's own modifier counts, and no other one beside it", () => {
  const mac = new Shortcut("K", "MacIntel")
  const other = new Shortcut("K", "Linux x86_64")
  equal([mac.label, other.label], ["⌘K", "Ctrl K"])
  ok(mac.matches(pressed({ metaKey: true })))
  ok(!mac.matches(pressed({ ctrlKey: true })), "Ctrl+K cuts to the end of the line on a Mac")
  ok(other.matches(pressed({ ctrlKey: true, key: "K" })))
  ok(!other.matches(pressed({ ctrlKey: true, shiftKey: true })))
  ok(!other.matches(pressed({})))
})

test("with Hangul switched on, the key's place counts", () => {
  const shortcut = new Shortcut("K", "Win32")
  ok(shortcut.matches(pressed({ ctrlKey: true, key: "ㅏ" })))
  ok(shortcut.matches(pressed({ ctrlKey: true, key: "Process" })))
})

test("on another Latin layout the letter counts, not the place", () => {
  const shortcut = new Shortcut("K", "Win32")
  ok(shortcut.matches(pressed({ ctrlKey: true, key: "k", code: "KeyV" })))
  ok(!shortcut.matches(pressed({ ctrlKey: true, key: "t", code: "KeyK" })))
})
