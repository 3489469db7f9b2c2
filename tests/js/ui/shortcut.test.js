import { Shortcut } from "../../../static/js/ui/shortcut.js"
import { equal, ok, test } from "../harness.js"

const pressed = (fields) => ({
  key: "k",
  code: "KeyK",
  metaKey: false,
  ctrlKey: false,
  altKey: false,
  shiftKey: false,
  isComposing: false,
  ...fields,
})

test("only the platform's modifier counts", () => {
  const mac = new Shortcut("Mod+K", "MacIntel")
  const other = new Shortcut("Mod+K", "Linux x86_64")
  ok(mac.matches(pressed({ metaKey: true })))
  ok(!mac.matches(pressed({ ctrlKey: true })), "Ctrl+K cuts to the end of the line on a Mac")
  ok(other.matches(pressed({ ctrlKey: true, key: "K" })))
  ok(!other.matches(pressed({ ctrlKey: true, shiftKey: true })))
  ok(!other.matches(pressed({ ctrlKey: true, altKey: true })))
  ok(!other.matches(pressed({})))
})

test("keys are labelled as on each platform", () => {
  const label = (combination, platform) => new Shortcut(combination, platform).label
  equal([label("Mod+K", "MacIntel"), label("Mod+K", "Win32")], ["⌘K", "Ctrl K"])
  equal([label("Mod+Shift+O", "MacIntel"), label("Mod+Shift+O", "Win32")], ["⇧⌘O", "Ctrl Shift O"])
  equal([label("Shift+Escape", "MacIntel"), label("Shift+Escape", "Win32")], ["⇧esc", "Shift Esc"])
  equal(new Shortcut("Mod+Shift+O", "MacIntel").keys, "Meta+Shift+O", "aria-keyshortcuts:")
})

test("with a Hangul layout the key's position counts", () => {
  const shortcut = new Shortcut("Mod+Shift+O", "Win32")
  ok(shortcut.matches(pressed({ ctrlKey: true, shiftKey: true, key: "ㅒ", code: "KeyO" })))
  ok(shortcut.matches(pressed({ ctrlKey: true, shiftKey: true, key: "Process", code: "KeyO", isComposing: true })))
})

test("on other Latin layouts the letter counts", () => {
  const shortcut = new Shortcut("Mod+K", "Win32")
  ok(shortcut.matches(pressed({ ctrlKey: true, key: "k", code: "KeyV" })))
  ok(!shortcut.matches(pressed({ ctrlKey: true, key: "t", code: "KeyK" })))
})

test("a sign counts with or without Shift", () => {
  const shortcut = new Shortcut("Mod+/", "Win32")
  ok(shortcut.matches(pressed({ ctrlKey: true, key: "/", code: "Slash" })))
  ok(shortcut.matches(pressed({ ctrlKey: true, shiftKey: true, key: "/", code: "Digit7" })))
})

test("keys without a modifier are ignored during composition", () => {
  const shortcut = new Shortcut("Escape", "Win32")
  ok(shortcut.matches(pressed({ key: "Escape", code: "Escape" })))
  ok(!shortcut.matches(pressed({ key: "Escape", code: "Escape", isComposing: true })))
  ok(!shortcut.matches(pressed({ key: "Escape", code: "Escape", keyCode: 229 })), "as Safari tells it")
  ok(!shortcut.matches(pressed({ key: "Escape", code: "Escape", shiftKey: true })))
})
