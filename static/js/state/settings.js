import { Emitter } from "../base/emitter.js"

const KEY = "chatapp.newSettings"
const NOTHING = Object.freeze({ model: null, system_prompt: null, options: null })

/**
 * What answers are asked with, beside the model (see ModelChoice): the open conversation's own settings, those chosen
 * for a new one, and the owner's defaults, which a new conversation takes where nothing was chosen for it, and keeps.
 * Emits "changed".
 */
export class Settings extends Emitter {
  #api
  #models
  #storage
  #channel
  #defaults = NOTHING
  #chosen = null
  #conversation = null
  #opening = false

  /** `storage` is this tab's own, `channel` a BroadcastChannel of the browser's tabs. */
  constructor({ api, models, storage, channel }) {
    super()
    this.#api = api
    this.#models = models
    this.#storage = storage
    this.#channel = channel
    this.#chosen = readChosen(storage)
    channel.addEventListener("message", ({ data }) => this.#took(data))
  }

  get defaults() { return this.#defaults }
  /** Whose settings these are: the conversation's that is shown, null for a new one. */
  get id() { return this.#conversation?.id ?? null }
  get isNew() { return this.#conversation === null }
  /** Whether there is something to change: not while a conversation is being opened. */
  get isOpen() { return !this.#opening }

  /** The settings of what is shown: {system_prompt, options}, each null where none is set. */
  get own() {
    const { system_prompt: prompt, options } = this.#conversation ?? this.#chosen ?? NOTHING
    return { system_prompt: prompt || null, options: options ?? null }
  }

  /** What stands where nothing is set: for a new conversation the defaults, later nothing of ours. */
  get inherited() { return this.isNew && !this.#chosen?.isWhole ? this.#defaults : NOTHING }

  /** What the next answer is asked with. */
  get effective() {
    const { own, inherited } = this
    const options = { ...inherited.options, ...own.options }
    return { model: this.#models.current, system_prompt: own.system_prompt ?? inherited.system_prompt, options }
  }

  /** Whether a new conversation has settings of its own by now. */
  get isChosen() { return this.isNew && this.#chosen !== null }

  /** What `send_message` is to carry so that a new conversation begins with what was chosen. */
  get forNew() {
    if (!this.#chosen) return {}
    const { system_prompt: prompt, options, isWhole } = this.#chosen
    return {
      ...(prompt || isWhole ? { system_prompt: prompt ?? "" } : {}),
      ...(options || isWhole ? { options: this.effective.options } : {}),
    }
  }

  /** Follow what is shown: a conversation, null for a new one; `opening`: it is not here yet. */
  show(conversation, { opening = false } = {}) {
    this.#conversation = conversation
    this.#opening = opening
    this.emit("changed")
  }

  /** What sets `system_prompt` or `options` of what is shown now, whatever is shown when it is called. */
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
   * Take all of a preset's settings, also what it leaves open, for what is shown now, once `after` is over: what is on
   * its way there already. Returns what undoes that.
   */
  apply({ model, system_prompt: prompt, options }, { after = null } = {}) {
    return this.#replace({ system_prompt: prompt, options, isWhole: true, ...(model ? { model } : {}) }, after)
  }

  /** Set nothing: a new conversation follows the defaults, another one the model. Returns what undoes that. */
  clear({ after = null } = {}) { return this.#replace({ system_prompt: null, options: null }, after) }

  async #replace(settings, after) {
    const { id } = this
    const set = this.#setter
    let before = this.#before(settings)
    await after
    if (this.id === id) before = this.#before(settings)
    await set(settings)
    return () => set(before)
  }

  /** What sets all there is of what is shown now, whatever is shown when it is called. */
  get #setter() {
    const { target, isNew } = this
    return async ({ isWhole = false, model = null, ...settings }) => {
      if (!isNew) return target({ ...settings, ...(model ? { model } : {}) })
      this.#choose({ ...settings, isWhole })
      if (model && this.isNew && model !== this.#models.current) await this.#models.choose(model)
    }
  }

  /** What is set now, with the model where that is going to be replaced, too. */
  #before({ model }) {
    const settings = this.isNew ? { ...NOTHING, ...this.#chosen } : this.own
    return { ...settings, model: model ? this.#models.current : null }
  }

  /** Forget what was chosen for a new conversation: it has begun, or the defaults will do. */
  forget() { this.#choose(null) }

  async changeDefaults(change) {
    this.#took(await this.#api.changeSettings({ ...this.#defaults, ...change }))
    this.#channel.postMessage(this.#defaults)
  }

  /** Ask again: another device may have changed them. */
  async load() { this.#took(await this.#api.settings()) }

  #took({ model, system_prompt: prompt, options }) {
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

/** What was chosen before a reload. */
function readChosen(storage) {
  try {
    const { system_prompt: prompt = null, options = null, isWhole = false } = JSON.parse(storage.getItem(KEY))
    return { system_prompt: prompt, options, isWhole }
  } catch {
    return null
  }
}
