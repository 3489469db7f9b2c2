import { Presets } from "../../../static/js/state/presets.js"
import { equal, settled, test } from "../harness.js"

const NOTHING = { model: null, system_prompt: null, options: null }

/** A server of presets, and tabs of one browser. */
function browser() {
  const kept = new Map()
  const channels = []
  const api = {
    presets: async () => ({ presets: [...kept.values()] }),
    putPreset: async (id, preset) => {
      kept.set(id, { id, ...preset })
      return { preset: kept.get(id) }
    },
    changePreset: async (id, change) => {
      if (!kept.has(id)) throw Object.assign(new Error("gone"), { code: "not_found" })
      kept.set(id, { ...kept.get(id), ...change })
      return { preset: kept.get(id) }
    },
    deletePreset: async (id) => {
      if (!kept.delete(id)) throw Object.assign(new Error("gone"), { code: "not_found" })
    },
  }
  const tab = () => {
    const channel = {
      addEventListener: (_, listener) => {
        channel.hear = listener
      },
      postMessage: (data) => {
        for (const one of channels) if (one !== channel) one.hear({ data })
      },
    }
    channels.push(channel)
    return new Presets({ api, channel })
  }
  return { kept, api, tab }
}

const names = (presets) => presets.items.map(({ name }) => name)

test("presets saved by two tabs at once appear in both", async () => {
  const { tab } = browser()
  const [one, other] = [tab(), tab()]
  await Promise.all([one.load(), other.load()])
  await Promise.all([one.add("하나", NOTHING), other.add("둘", { ...NOTHING, model: "m" })])
  await settled()
  equal(
    [names(one), names(other)],
    [
      ["하나", "둘"],
      ["하나", "둘"],
    ],
  )
  equal(other.items[1].model, "m")
})

test("a list requested before a change does not revert it", async () => {
  const { tab, api } = browser()
  const presets = tab()
  let answer = null
  const { presets: load } = api
  api.presets = () =>
    new Promise((resolve) => {
      answer = resolve
    })
  const loading = presets.load()
  await presets.add("one", NOTHING)
  api.presets = load
  answer({ presets: [] })
  await loading
  equal(names(presets), ["one"])
})

test("a deleted preset can be restored", async () => {
  const { tab } = browser()
  const presets = tab()
  await presets.add("one", { ...NOTHING, options: { seed: 7 } })
  const [before] = presets.items
  await presets.remove(before.id)
  equal(names(presets), [])
  await presets.put(before)
  equal(presets.items, [before])
})

test("a preset deleted by another tab disappears and cannot be renamed", async () => {
  const { tab, kept } = browser()
  const presets = tab()
  await presets.add("one", NOTHING)
  const [{ id }] = presets.items
  kept.clear()
  const error = await presets.change(id, { name: "two" }).catch((one) => one)
  equal([error.code, kept.size], ["not_found", 0])
  await presets.remove(id)
  equal(names(presets), [])
})

test("a name is taken regardless of case, but not by the preset itself", async () => {
  const { tab } = browser()
  const presets = tab()
  await presets.add("Calm", NOTHING)
  const [{ id }] = presets.items
  equal([presets.has("calm"), presets.has("Calm", id), presets.has("other")], [true, false, false])
})
