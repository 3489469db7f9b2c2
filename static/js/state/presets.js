import { Emitter } from "../base/emitter.js"
import { uuid } from "../base/uuid.js"

/** @import { Api } from "../net/api.js" */

/**
 * The owner's presets. Emits "changed".
 * @extends {Emitter<{ changed: [] }>}
 */
export class Presets extends Emitter {
  #api
  #channel
  /** @type {Wire.Preset[]} */
  #items = []
  #asked = 0
  #changes = 0

  loaded = false

  /** @param {{ api: Api, channel: BroadcastChannel }} parts */
  constructor({ api, channel }) {
    super()
    this.#api = api
    this.#channel = channel
    channel.addEventListener("message", () => {
      if (this.loaded) this.load().catch(() => {})
    })
  }

  get items() {
    return this.#items
  }

  /** Load all; again if something changed meanwhile, which the older list would revert. */
  async load() {
    const asked = ++this.#asked
    let changes = null
    /** @type {Wire.Preset[]} */
    let presets = []
    while (asked === this.#asked && changes !== this.#changes) {
      changes = this.#changes
      presets = (await this.#api.presets()).presets
    }
    if (asked !== this.#asked) return // A later call takes over.
    this.loaded = true
    this.#show(presets)
  }

  /**
   * Whether a name is taken, regardless of case.
   * @param {string} name
   * @param {string | null} except
   */
  has(name, except = null) {
    return this.#items.some((one) => one.id !== except && one.name.toLowerCase() === name.toLowerCase())
  }

  /**
   * Save settings under a name.
   * @param {string} name
   * @param {Wire.Settings} settings
   */
  add(name, settings) {
    return this.put({ id: uuid(), name, ...settings })
  }

  /**
   * Store a whole preset, or restore a deleted one.
   * @param {Wire.Preset} preset
   */
  async put({ id, name, model, system_prompt: prompt, options }) {
    this.#put((await this.#api.putPreset(id, { name, model, system_prompt: prompt, options })).preset)
  }

  /**
   * @param {string} id
   * @param {Partial<Wire.Preset>} change
   */
  async change(id, change) {
    this.#put((await this.#api.changePreset(id, change)).preset)
  }

  /** @param {string} id */
  async remove(id) {
    await this.#api.deletePreset(id).catch((error) => {
      if (error.code !== "not_found") throw error
    })
    this.#changed(this.#items.filter((one) => one.id !== id))
  }

  #put(preset) {
    const isKnown = this.#items.some(({ id }) => id === preset.id)
    this.#changed(isKnown ? this.#items.map((one) => (one.id === preset.id ? preset : one)) : [...this.#items, preset])
  }

  #changed(items) {
    this.#changes += 1
    this.#show(items)
    this.#channel.postMessage("changed")
  }

  #show(items) {
    this.#items = items
    this.emit("changed")
  }
}
