import { Emitter } from "./emitter.js"

const KEY = "chatapp.model"
const FRESH_MS = 5000

/**
 * Which model answers: the conversation's own, else the last choice, else the server's default.
 * Emits "changed" when there is something else to show.
 */
export class ModelChoice extends Emitter {
  #api
  #storage
  #now
  #models = []
  #down = []
  #typed = []
  #default = null
  #conversation = null
  #askedAt = -Infinity
  #shown = ""

  constructor({ api, storage, now = Date.now }) {
    super()
    this.#api = api
    this.#storage = storage
    this.#now = now
  }

  async load() {
    this.#askedAt = this.#now()
    const { models, default: fallback, down = [] } = await this.#api.models()
    // A list that comes late must not take back a name that was typed meanwhile.
    this.#models = [...models, ...this.#typed.filter(({ id }) => models.every((model) => model.id !== id))]
    this.#default = fallback
    this.#down = down
    this.#changed()
  }

  /** Ask again what there is, unless that was done a moment ago. */
  refresh() { return this.#now() - this.#askedAt < FRESH_MS ? Promise.resolve() : this.load() }

  /** The id of the model that a message would go to, null while it is unknown. */
  get current() { return this.#conversation?.model ?? this.#preferred ?? this.#default }

  /** What can be chosen; a conversation may use a model that is not listed. */
  get choices() {
    const { current } = this
    if (!current || this.#models.some(({ id }) => id === current)) return this.#models
    return [{ id: current, name: current }, ...this.#models]
  }

  /**
   * The choices by provider: [{provider, problem, models}]. Where `problem` is not null, that one cannot be reached;
   * it may have no models. What no provider lists stands first, under null.
   */
  get groups() {
    const groups = new Map([[null, { provider: null, problem: null, models: [] }]])
    const groupOf = (provider) => {
      if (!groups.has(provider)) groups.set(provider, { provider, problem: null, models: [] })
      return groups.get(provider)
    }
    for (const model of this.choices) groupOf(model.provider ?? null).models.push(model)
    for (const { provider, problem } of this.#down) groupOf(provider).problem = problem ?? ""
    return [...groups.values()].filter(({ models, problem }) => models.length > 0 || problem !== null)
  }

  get name() { return this.choices.find(({ id }) => id === this.current)?.name ?? this.current }

  /** Follow the conversation that is shown (null: a new one). */
  show(conversation) {
    this.#conversation = conversation
    this.#changed()
  }

  async choose(id) {
    if (!this.#models.some((model) => model.id === id)) {
      this.#typed.push({ id, name: id })
      this.#models = [...this.#models, { id, name: id }]
    }
    this.#storage.setItem(KEY, id)
    if (this.#conversation) {
      this.#conversation = { ...this.#conversation, model: id }
      await this.#api.changeConversation(this.#conversation.id, { model: id })
    }
    this.#shown = ""
    this.#changed()
  }

  /** A list that is open in front of a reader is left alone while it stays as it is. */
  #changed() {
    const shown = JSON.stringify([this.groups, this.current])
    if (shown === this.#shown) return
    this.#shown = shown
    this.emit("changed")
  }

  /** The last choice, as long as it is still offered. */
  get #preferred() {
    const id = this.#storage.getItem(KEY)
    return this.#models.some((model) => model.id === id) ? id : null
  }
}
