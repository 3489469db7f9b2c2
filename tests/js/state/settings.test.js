import { Emitter } from "../../../static/js/base/emitter.js"
import { describeDifferences } from "../../../static/js/settings/settings_summary.js"
import { Settings } from "../../../static/js/state/settings.js"
import { equal, test } from "../harness.js"

const NOTHING = { model: null, system_prompt: null, options: null }

/** The settings of one tab over a server that keeps defaults and conversations. */
function tab({ defaults = NOTHING, items = new Map(), conversations = {} } = {}) {
  const server = { defaults, conversations, changes: [] }
  const api = {
    settings: async () => server.defaults,
    changeSettings: async (settings) => {
      server.defaults = settings
      return settings
    },
    changeConversation: async (id, change) => {
      server.changes.push([id, change])
      Object.assign(server.conversations[id], change)
      return { conversation: { ...server.conversations[id] } }
    },
  }
  const models = Object.assign(new Emitter(), {
    current: "a",
    prefer: () => {},
    choose: async (id) => {
      models.current = id
    },
    show: ({ model }) => {
      models.current = model
    },
  })
  const storage = {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => items.set(key, value),
    removeItem: (key) => items.delete(key),
  }
  const channel = { addEventListener: () => {}, postMessage: () => {} }
  return { settings: new Settings({ api, models, storage, channel }), models, server, items }
}

const conversation = (id, fields = {}) => ({ id, ...NOTHING, ...fields })

test("a limit of turns is told with its value", () => {
  const limited = { system_prompt: null, options: { max_turns: 4, temperature: 1 } }
  equal(describeDifferences(limited, { system_prompt: null, options: null }), [
    ["settingTurnsOf", { value: 4 }],
    ["settingTemperatureOf", { value: 1 }],
  ])
})

test("without choices a new conversation sends no settings", async () => {
  const { settings } = tab({ defaults: { ...NOTHING, system_prompt: "be kind" } })
  await settings.load()
  equal(settings.forNew, {})
  equal(settings.effective, { model: "a", system_prompt: "be kind", options: {} })
})

test("choices for a new conversation override single defaults", async () => {
  const { settings } = tab({ defaults: { ...NOTHING, system_prompt: "be kind", options: { temperature: 1, seed: 7 } } })
  await settings.load()
  await settings.target({ options: { temperature: 0 } })
  equal(settings.forNew, { options: { temperature: 0, seed: 7 } })
  equal(settings.inherited.options, { temperature: 1, seed: 7 })
})

test("choices survive a reload and are used once", async () => {
  const { settings, items } = tab()
  await settings.target({ system_prompt: "짧게" })
  const { settings: again } = tab({ items })
  equal(again.forNew, { system_prompt: "짧게" })
  again.forget()
  equal([again.forNew, items.size], [{}, 0])
})

test("a preset replaces all settings, also defaults that it does not set, and can be undone", async () => {
  const { settings, models } = tab({ defaults: { ...NOTHING, system_prompt: "be kind", options: { seed: 7 } } })
  await settings.load()
  const undo = await settings.apply({ model: "b", system_prompt: null, options: { temperature: 0 } })
  equal([settings.forNew, models.current], [{ system_prompt: "", options: { temperature: 0 } }, "b"])
  equal(settings.inherited, NOTHING)
  await undo()
  equal([settings.forNew, models.current], [{}, "a"])
})

test("a preset without a model leaves the model", async () => {
  const { settings, models } = tab()
  await settings.apply({ model: null, system_prompt: "x", options: null })
  equal(models.current, "a")
})

test("an open conversation has settings of its own and inherits none", async () => {
  const { settings, server } = tab({
    defaults: { ...NOTHING, options: { seed: 7 } },
    conversations: { x: conversation("x", { options: { temperature: 0 } }) },
  })
  await settings.load()
  settings.show(server.conversations.x)
  equal([settings.own.options, settings.inherited], [{ temperature: 0 }, NOTHING])
  await settings.target({ options: null })
  equal([server.changes, settings.own.options], [[["x", { options: null }]], null])
})

test("a change and its undo apply to their conversation, whatever is shown then", async () => {
  const { settings, server } = tab({
    conversations: { x: conversation("x", { system_prompt: "old" }), y: conversation("y") },
  })
  settings.show(server.conversations.x)
  const { target } = settings
  const undo = await settings.clear()
  settings.show(server.conversations.y)
  await target({ system_prompt: "new" })
  equal([server.conversations.x.system_prompt, server.conversations.y.system_prompt], ["new", null])
  equal(settings.own.system_prompt, null)
  await undo()
  equal([server.conversations.x.system_prompt, server.conversations.y.system_prompt], ["old", null])
})

test("a preset and its undo apply to their conversation, including the model", async () => {
  const { settings, server, models } = tab({
    conversations: { x: conversation("x", { model: "a", system_prompt: "old" }), y: conversation("y", { model: "a" }) },
  })
  settings.show(server.conversations.x)
  let settle
  const applying = settings.apply(
    { model: "b", system_prompt: "new", options: null },
    {
      after: new Promise((resolve) => {
        settle = resolve
      }),
    },
  )
  settings.show(server.conversations.y)
  settle()
  const undo = await applying
  equal(server.changes, [["x", { system_prompt: "new", options: null, model: "b" }]])
  equal([models.current, settings.own.system_prompt], ["a", null])
  await undo()
  equal([server.conversations.x.model, server.conversations.x.system_prompt], ["a", "old"])
  equal(server.conversations.y, conversation("y", { model: "a" }))
})

test("a preset's model is shown at once", async () => {
  const { settings, server, models } = tab({ conversations: { x: conversation("x", { model: "a" }) } })
  settings.show(server.conversations.x)
  const undo = await settings.apply({ model: "b", system_prompt: null, options: null })
  equal(models.current, "b")
  await undo()
  equal(models.current, "a")
})

test("clearing a new conversation's settings brings the defaults back", async () => {
  const { settings } = tab({ defaults: { ...NOTHING, options: { seed: 7 } } })
  await settings.load()
  await settings.apply({ model: null, system_prompt: null, options: null })
  equal(settings.effective.options, {})
  const undo = await settings.clear()
  equal(settings.effective.options, { seed: 7 })
  await undo()
  equal(settings.effective.options, {})
})

test("differences from the defaults are summarized", () => {
  const defaults = { system_prompt: "be kind", options: { temperature: 1 } }
  equal(describeDifferences(defaults, defaults), [])
  equal(describeDifferences({ system_prompt: "짧게", options: { temperature: 0, seed: 7 } }, defaults), [
    ["settingPromptOn", {}],
    ["settingTemperatureOf", { value: 0 }],
    ["settingOthersChanged", { n: 1 }],
  ])
  equal(describeDifferences({ system_prompt: null, options: null }, defaults), [
    ["settingPromptOff", {}],
    ["settingOthersChanged", { n: 1 }],
  ])
})
