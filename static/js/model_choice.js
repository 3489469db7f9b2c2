import { Emitter } from "./emitter.js"

const KEY = "chatapp.model"

/** Which model answers: the conversation's own, else the last choice, else the server's default. Emits "changed". */
export class ModelChoice extends Emitter {
  #api
  #storage
  #models = []
  #typed = []
  #default = null
  #conversation = null

  constructor({ api, storage }) {
    super()
    this.#api = api
    this.#storage = storage
  }

  async load() {
    const { models, default: fallback } = await this.#api.models()
    // A list that comes late must not take back a name that was typed meanwhile.
    this.#models = [...models, ...this.#typed.filter(({ id }) => models.every((model) => model.id !== id))]
    this.#default = fallback
    this.emit("changed")
  }

  /** The id of the model that a message would go to, null while it is unknown. */
  get current() { return this.#conversation?.model ?? this.#preferred ?? this.#default }

  /** What can be chosen; a conversation may use a model that is not listed. */
  get choices() {
    const { current } = this
    if (!current || this.#models.some(({ id }) => id === current)) return this.#models
    return [{ id: current, name: current }, ...this.#models]
  }

  get name() { return this.choices.find(({ id }) => id === this.current)?.name ?? this.current }

  /** Follow the conversation that is shown (null: a new one). */
  show(conversation) {
    this.#conversation = conversation
    this.emit("changed")
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
    this.emit("changed")
  }

  /** The last choice, as long as it is still offered. */
  get #preferred() {
    const id = this.#storage.getItem(KEY)
    return this.#models.some((model) => model.id === id) ? id : null
  }
}
