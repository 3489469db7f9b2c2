import { SHORTCUTS, Shortcuts } from "../../../static/js/ui/shortcuts.js"
import { createTranslator } from "../../../static/js/base/translator.js"
import { equal, ok, test, texts } from "../harness.js"

const languages = [createTranslator(await texts("en"), "en"), createTranslator(await texts("ko"), "ko")]

function event(key, fields = {}) {
  return new KeyboardEvent("keydown", { key, code: `Key${key.toUpperCase()}`, cancelable: true, ...fields })
}

test("a key does its deed and is taken from the browser", () => {
  const done = []
  const shortcuts = new Shortcuts({ platform: "Win32" }).bind({ newChat: () => { done.push("new") } })
  const taken = event("o", { ctrlKey: true, shiftKey: true })
  shortcuts.keydown(taken)
  equal(done, ["new"])
  ok(taken.defaultPrevented)
})

test("a deed that finds nothing to do leaves the key to the browser", () => {
  const shortcuts = new Shortcuts({ platform: "Win32" }).bind({ stopAnswer: () => false })
  const left = event("Escape")
  shortcuts.keydown(left)
  ok(!left.defaultPrevented)
})

test("a key that another one took, or a dialog that is open, leaves nothing to do", () => {
  const done = []
  const deeds = { search: () => { done.push("search") } }
  const taken = event("k", { ctrlKey: true })
  taken.preventDefault()
  new Shortcuts({ platform: "Win32" }).bind(deeds).keydown(taken)
  new Shortcuts({ busy: () => true, platform: "Win32" }).bind(deeds).keydown(event("k", { ctrlKey: true }))
  equal(done, [])
})

test("the sheet tells the keys that the person sends with", () => {
  const shortcuts = new Shortcuts({ platform: "Win32" })
  const sends = (sendKey) => shortcuts.groups(sendKey).flatMap(({ rows }) => rows)
    .find(({ name }) => name === "sendMessage").shortcuts.map(({ label }) => label)
  equal(sends("enter"), ["Enter"])
  equal(sends("mod+enter"), ["Ctrl Enter"])
})

test("every row of the table has its words in both languages", () => {
  const keys = SHORTCUTS.flatMap(({ group, rows }) => [group, ...rows.map(({ name }) => name)])
  for (const t of languages) equal(keys.filter((key) => !t.known(key)), [])
})

test("no two deeds share a key", () => {
  const names = SHORTCUTS.flatMap(({ rows }) => rows).filter(({ keys }) => Array.isArray(keys)).map(({ name }) => name)
  const local = new Set(["walkList", "recall"]) // Only where the focus is.
  const keys = names.filter((name) => !local.has(name)).map((name) => new Shortcuts().of(name).label)
  equal(keys.length, new Set(keys).size)
})
