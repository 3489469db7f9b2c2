import { SettingsFormState } from "../../../static/js/settings/settings_form_state.js"
import { UnsavedSettings } from "../../../static/js/settings/unsaved_settings.js"
import { equal, settled, test } from "../harness.js"

/** A form whose saves are completed by the test. */
function form(own = {}, items = new Map()) {
  const scope = { key: "x", own: { system_prompt: null, options: null, ...own }, limits: {}, sent: [], pauses: [] }
  const waiting = []
  scope.target = (change) =>
    new Promise((resolve, reject) => {
      scope.sent.push(change)
      waiting.push({
        resolve: () => {
          Object.assign(scope.own, change)
          resolve()
        },
        reject,
      })
    })
  scope.answer = async (error = null) => {
    await settled()
    if (error) waiting.shift().reject(error)
    else waiting.shift().resolve()
    await settled()
  }
  const t = (key, values) => `${key} ${JSON.stringify(values)}`
  const length = { problem: (text) => (text.length > 5 ? "too long" : null) }
  const setTimeout = (act) => {
    scope.pauses.push(act)
  }
  const storage = {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => items.set(key, value),
    removeItem: (key) => items.delete(key),
  }
  const typed = new UnsavedSettings({ storage, name: "conversation" })
  const edit = new SettingsFormState({
    scope,
    typed,
    length,
    t,
    format: { number: (value) => `#${value}` },
    setTimeout,
  })
  return { scope, edit }
}

test("input is saved on change and then shown as saved", async () => {
  const { scope, edit } = form()
  edit.type("temperature", "0,70")
  equal([edit.text("temperature"), scope.sent], ["0,70", []])
  edit.keep("temperature")
  await scope.answer()
  equal([scope.sent, edit.text("temperature")], [[{ options: { temperature: 0.7 } }], "0.7"])
})

test("invalid input stays with its error and is not sent", async () => {
  const { scope, edit } = form({ options: { temperature: 1 } })
  edit.type("temperature", "9")
  equal(edit.problem("temperature"), null) // One may still be typing.
  equal(await edit.flush(), false)
  equal([edit.text("temperature"), scope.sent], ["9", []])
  equal(edit.problem("temperature"), 'settingNeedsNumber {"least":"#0","most":"#2"}')
  edit.type("temperature", "")
  equal(edit.problem("temperature"), null)
})

test("a long text is saved during a pause, without disturbing the typing", async () => {
  const { scope, edit } = form()
  edit.type("system_prompt", "하 ", { soon: true })
  scope.pauses.at(-1)()
  await scope.answer()
  equal([scope.sent, edit.text("system_prompt")], [[{ system_prompt: "하 " }], "하 "])
  edit.type("system_prompt", "  ", { soon: true })
  edit.keep("system_prompt")
  await scope.answer()
  equal([scope.sent.at(-1), edit.text("system_prompt")], [{ system_prompt: null }, ""])
})

test("two concurrent saves do not revert each other", async () => {
  const { scope, edit } = form({ options: { top_k: 5 } })
  edit.type("temperature", "1")
  edit.keep("temperature")
  edit.type("seed", "7")
  edit.keep("seed")
  await scope.answer()
  await scope.answer()
  equal(scope.own.options, { temperature: 1, seed: 7, top_k: 5 })
})

test("input that could not be saved stays with its error, and is sent with the next save", async () => {
  const { scope, edit } = form()
  edit.type("seed", "7")
  const kept = edit.keep("seed")
  await scope.answer(new Error("gone"))
  equal([await kept, edit.text("seed"), edit.problem("seed")], [false, "7", 'settingNotKept {"why":"gone"}'])
  edit.flush()
  await scope.answer()
  equal([edit.problem("seed"), scope.own.options], [null, { seed: 7 }])
})

test("unchanged input is not sent", async () => {
  const { scope, edit } = form({ options: { seed: 7 } })
  edit.type("seed", "7")
  equal([await edit.flush(), scope.sent, edit.problem("seed")], [true, [], null])
})

test("changes of other tabs are shown, except in fields with input", async () => {
  const { scope, edit } = form({ options: { seed: 7 } })
  edit.type("temperature", "1")
  Object.assign(scope.own, { options: { seed: 8, temperature: 0 } })
  equal([edit.text("seed"), edit.text("temperature")], ["8", "1"])
  const settling = edit.settle()
  await scope.answer(new Error("gone"))
  await settling
  equal(edit.text("temperature"), "0")
})

test("input belongs to the conversation it was typed for", async () => {
  const { scope, edit } = form()
  edit.type("temperature", "9")
  await edit.flush()
  scope.key = "y"
  equal([edit.text("temperature"), edit.problem("temperature"), await edit.flush()], ["", null, true])
  scope.key = "x"
  equal(edit.text("temperature"), "9")
  equal(edit.problem("temperature"), 'settingNeedsNumber {"least":"#0","most":"#2"}')
})

test("unsaved input survives a reload until it is saved", async () => {
  const items = new Map()
  const { scope, edit } = form({}, items)
  edit.type("seed", "7")
  const flushed = edit.flush()
  scope.key = "y" // One has gone on to another conversation.
  await scope.answer(new Error("offline"))
  equal(await flushed, false)
  const again = form({}, items)
  equal(again.edit.text("seed"), "7")
  again.edit.flush()
  await again.scope.answer()
  equal([again.scope.own.options, items.size], [{ seed: 7 }, 0])
})

test("what is above the operator's limits is not saved, and says so", async () => {
  const { scope, edit } = form()
  scope.limits = { temperature: 1, system_prompt: 3, top_k: 9 }
  const problemOf = (name, text) => {
    edit.type(name, text)
    edit.keep(name)
    return edit.problem(name)
  }
  equal(problemOf("temperature", "1.5"), 'settingNeedsNumber {"least":"#0","most":"#1"}')
  equal(problemOf("system_prompt", "길어요.."), 'settingPromptLimit {"most":"#3"}')
  equal(problemOf("others", '{"top_k": 10}'), 'settingAbove {"name":"top_k","most":"#9"}')
  await settled()
  equal(scope.sent, [])
  equal(problemOf("temperature", "1"), null)
})
