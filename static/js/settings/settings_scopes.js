const NOTHING = Object.freeze({ model: null, system_prompt: null, options: null })

/** Edits the settings of the shown conversation, or of the next new one. */
export class ConversationScope {
  name = "conversation"
  noModel = null
  #settings
  #models

  constructor({ settings, models }) {
    this.#settings = settings
    this.#models = models
  }

  /** Null while the conversation is being opened. */
  get key() {
    return this.#settings.isOpen ? (this.#settings.id ?? "new") : null
  }
  get own() {
    return this.#settings.own
  }
  get inherited() {
    return this.#settings.inherited
  }
  get model() {
    return this.#models.current
  }

  get target() {
    return this.#settings.target
  }

  chooseModel(id) {
    return this.#models.choose(id)
  }
}

/** Edits the defaults of new conversations. */
export class DefaultsScope {
  name = "defaults"
  key = "defaults"
  inherited = NOTHING
  noModel
  #settings

  /** `noModel` is the label of "no default model". */
  constructor({ settings, noModel }) {
    this.#settings = settings
    this.noModel = noModel
  }

  get own() {
    return this.#settings.defaults
  }
  get model() {
    return this.own.model
  }

  get target() {
    return (change) => this.#settings.changeDefaults(change)
  }

  chooseModel(id) {
    return this.#settings.changeDefaults({ model: id })
  }
}
