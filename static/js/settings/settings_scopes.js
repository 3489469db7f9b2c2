const NOTHING = Object.freeze({ model: null, system_prompt: null, options: null })

/** What is changed for the conversation that is shown, or for the one that is about to begin. */
export class ConversationScope {
  name = "conversation"
  noModel = null
  #settings
  #models

  constructor({ settings, models }) {
    this.#settings = settings
    this.#models = models
  }

  /** Until it is known what is set there, nothing can be typed for it. */
  get key() { return this.#settings.isOpen ? this.#settings.id ?? "new" : null }
  get own() { return this.#settings.own }
  get inherited() { return this.#settings.inherited }
  get model() { return this.#models.current }

  get target() { return this.#settings.target }

  chooseModel(id) { return this.#models.choose(id) }
}

/** What is changed for all conversations that are still to come. */
export class DefaultsScope {
  name = "defaults"
  key = "defaults"
  inherited = NOTHING
  noModel
  #settings

  /** `noModel` names what answers where no model is set here. */
  constructor({ settings, noModel }) {
    this.#settings = settings
    this.noModel = noModel
  }

  get own() { return this.#settings.defaults }
  get model() { return this.own.model }

  get target() { return (change) => this.#settings.changeDefaults(change) }

  chooseModel(id) { return this.#settings.changeDefaults({ model: id }) }
}
