import { createTranslator } from "../../../static/js/base/translator.js"
import { SHORTCUTS, Shortcuts } from "../../../static/js/ui/shortcuts.js"
import { equal, ok, test, texts } from "../harness.js"

const languages = [createTranslator(await texts("en"), "en"), createTranslator(await texts("ko"), "ko")]

function event(key, fields = {}) {
  return new KeyboardEvent("keydown", { key, code: `Key${key.toUpperCase()}`, cancelable: true, ...fields })
}

test("a shortcut runs its handler and prevents the default", () => {
  const done = []
  const shortcuts = new Shortcuts({ platform: "Win32" }).bind({
    newChat: () => {
      done.push("new")
    },
  })
  const taken = event("o", { ctrlKey: true, shiftKey: true })
  shortcuts.keydown(taken)
  equal(done, ["new"])
  ok(taken.defaultPrevented)
})

test("a handler that returns false leaves the key to the browser", () => {
  const shortcuts = new Shortcuts({ platform: "Win32" }).bind({ stopAnswer: () => false })
  const left = event("Escape")
  shortcuts.keydown(left)
  ok(!left.defaultPrevented)
})

test("handled keys and open dialogs are ignored", () => {
  const done = []
  const deeds = {
    search: () => {
      done.push("search")
    },
  }
  const taken = event("k", { ctrlKey: true })
  taken.preventDefault()
  new Shortcuts({ platform: "Win32" }).bind(deeds).keydown(taken)
  new Shortcuts({ busy: () => true, platform: "Win32" }).bind(deeds).keydown(event("k", { ctrlKey: true }))
  equal(done, [])
})

test("the dialog shows the current send key", () => {
  const shortcuts = new Shortcuts({ platform: "Win32" })
  const sends = (sendKey) =>
    shortcuts
      .groups(sendKey)
      .flatMap(({ rows }) => rows)
      .find(({ name }) => name === "sendMessage")
      .shortcuts.map(({ label }) => label)
  equal(sends("enter"), ["Enter"])
  equal(sends("mod+enter"), ["Ctrl Enter"])
})

test("every shortcut has texts in both languages", () => {
  const keys = SHORTCUTS.flatMap(({ group, rows }) => [group, ...rows.map(({ name }) => name)])
  for (const t of languages)
    equal(
      keys.filter((key) => !t.known(key)),
      [],
    )
})

test("no two shortcuts share a key", () => {
  const names = SHORTCUTS.flatMap(({ rows }) => rows)
    .filter(({ keys }) => Array.isArray(keys))
    .map(({ name }) => name)
  const local = new Set(["walkList", "recall"]) // Only where the focus is.
  const keys = names.filter((name) => !local.has(name)).map((name) => new Shortcuts().of(name).label)
  equal(keys.length, new Set(keys).size)
})
