import { Emitter } from "../base/emitter.js"

/** @import { OwnerStorage } from "../base/owner_storage.js" */
/** @import { Api } from "../net/api.js" */
/** @import { ModelChoice } from "./model_choice.js" */
/** @typedef {Omit<Wire.Settings, "model">} OwnSettings */

const KEY = "chatapp.newSettings"
const NOTHING = Object.freeze({ model: null, system_prompt: null, options: null })

/**
 * The settings of answers, beside the model (see ModelChoice): those of the open conversation, those chosen for a new
 * one, and the owner's defaults, which a new conversation copies if nothing was chosen. Emits "changed".
 * @extends {Emitter<{ changed: [] }>}
 */
export class Settings extends Emitter {
  #api
  #models
  #storage
  #channel
  /** @type {Wire.Settings} */
  #defaults = NOTHING
  /** @type {(OwnSettings & { isWhole?: boolean }) | null} */
  #chosen = null
  /** @type {Wire.Conversation | null} */
  #conversation = null
  #opening = false

  /**
   * `storage` is this tab's own.
   * @param {{ api: Api, models: ModelChoice, storage: OwnerStorage, channel: BroadcastChannel }} parts
   */
  constructor({ api, models, storage, channel }) {
    super()
    this.#api = api
    this.#models = models
    this.#storage = storage
    this.#channel = channel
    this.#chosen = readChosen(storage)
    channel.addEventListener("message", ({ data }) => this.#setDefaults(data))
  }

  get defaults() {
    return this.#defaults
  }
  /** The id of the shown conversation, null for a new one. */
  get id() {
    return this.#conversation?.id ?? null
  }
  get isNew() {
    return this.#conversation === null
  }
  /** False while a conversation is being opened. */
  get isOpen() {
    return !this.#opening
  }

  /**
   * What is set for the shown conversation; null: not set.
   * @returns {OwnSettings}
   */
  get own() {
    const { system_prompt: prompt, options } = this.#conversation ?? this.#chosen ?? NOTHING
    return { system_prompt: prompt || null, options: options ?? null }
  }

  /**
   * What applies where nothing is set: the defaults for a new conversation, else nothing.
   * @returns {Wire.Settings}
   */
  get inherited() {
    return this.isNew && !this.#chosen?.isWhole ? this.#defaults : NOTHING
  }

  /**
   * The settings of the next answer.
   * @returns {Wire.Settings}
   */
  get effective() {
    const { own, inherited } = this
    const options = { ...inherited.options, ...own.options }
    return { model: this.#models.current, system_prompt: own.system_prompt ?? inherited.system_prompt, options }
  }

  /** Whether settings were chosen for a new conversation. */
  get isChosen() {
    return this.isNew && this.#chosen !== null
  }

  /** The fields of `send_message` that carry the choices for a new conversation. */
  get forNew() {
    if (!this.#chosen) return {}
    const { system_prompt: prompt, options, isWhole } = this.#chosen
    return {
      ...(prompt || isWhole ? { system_prompt: prompt ?? "" } : {}),
      ...(options || isWhole ? { options: this.effective.options } : {}),
    }
  }

  /**
   * Follow the shown conversation (null: a new one); `opening` until it is loaded.
   * @param {Wire.Conversation | null} conversation
   */
  show(conversation, { opening = false } = {}) {
    this.#conversation = conversation
    this.#opening = opening
    this.emit("changed")
  }

  /**
   * A function that changes `system_prompt` or `options` of the conversation shown now, also if another is shown later.
   * @returns {(change: Partial<Wire.Settings>) => unknown}
   */
  get target() {
    if (this.isNew) return (change) => this.#choose({ ...NOTHING, ...this.#chosen, ...change })
    const { id } = this
    return async (change) => {
      const { conversation } = await this.#api.changeConversation(id, change)
      if (this.id !== id) return
      this.show(conversation)
      if (change.model) this.#models.show(conversation)
    }
  }

  /**
   * Replace all settings of the shown conversation by a preset's, after the promise `after`. Returns the undo function.
   * @param {Wire.Settings} preset
   */
  apply({ model, system_prompt: prompt, options }, { after = null } = {}) {
    return this.#replace({ system_prompt: prompt, options, isWhole: true, ...(model ? { model } : {}) }, after)
  }

  /** Unset everything. Returns the undo function. */
  clear({ after = null } = {}) {
    return this.#replace({ system_prompt: null, options: null }, after)
  }

  async #replace(settings, after) {
    const { id } = this
    const set = this.#setter
    let before = this.#before(settings)
    await after
    if (this.id === id) before = this.#before(settings)
    await set(settings)
    return () => set(before)
  }

  /** As `target`, for all settings at once. */
  get #setter() {
    const { target, isNew } = this
    return async ({ isWhole = false, model = null, ...settings }) => {
      if (!isNew) return target({ ...settings, ...(model ? { model } : {}) })
      this.#choose({ ...settings, isWhole })
      if (model && this.isNew && model !== this.#models.current) await this.#models.choose(model)
    }
  }

  /** The present settings for undo, with the model if it will be replaced. */
  #before({ model }) {
    const settings = this.isNew ? { ...NOTHING, ...this.#chosen } : this.own
    return { ...settings, model: model ? this.#models.current : null }
  }

  /** Forget the choices for a new conversation. */
  forget() {
    this.#choose(null)
  }

  /** @param {Partial<Wire.Settings>} change */
  async changeDefaults(change) {
    this.#setDefaults(await this.#api.changeSettings({ ...this.#defaults, ...change }))
    this.#channel.postMessage(this.#defaults)
  }

  /** Reload: another device may have changed them. */
  async load() {
    this.#setDefaults(await this.#api.settings())
  }

  /** @param {Wire.Settings} defaults */
  #setDefaults({ model, system_prompt: prompt, options }) {
    this.#defaults = { model, system_prompt: prompt, options }
    this.#models.prefer(model)
    this.emit("changed")
  }

  #choose(chosen) {
    const isEmpty = !chosen || !(chosen.system_prompt || chosen.options || chosen.isWhole)
    this.#chosen = isEmpty ? null : chosen
    if (isEmpty) this.#storage.removeItem(KEY)
    else this.#storage.setItem(KEY, JSON.stringify(chosen))
    this.emit("changed")
  }
}

/** The choices before a reload. */
function readChosen(storage) {
  try {
    const { system_prompt: prompt = null, options = null, isWhole = false } = JSON.parse(storage.getItem(KEY))
    return { system_prompt: prompt, options, isWhole }
  } catch {
    return null
  }
}
