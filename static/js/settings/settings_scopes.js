/** @import { ModelChoice } from "../state/model_choice.js" */
/** @import { OwnSettings, Settings } from "../state/settings.js" */

/**
 * What a settings form edits. `key` identifies what is shown now, `target` is a function that changes it; `noModel` is
 * the label of "no model", null if there has to be one. `limits` are the operator's, for the model.
 * @typedef {{ name: string, key: string | null, own: OwnSettings, inherited: Wire.Settings, model: string | null,
 *   limits: Wire.Limits,
 *   noModel: string | null, target: (change: Partial<Wire.Settings>) => unknown,
 *   chooseModel: (id: string | null) => unknown }} Scope
 */

const NOTHING = Object.freeze({ model: null, system_prompt: null, options: null })

/**
 * Edits the settings of the shown conversation, or of the next new one.
 * @implements {Scope}
 */
export class ConversationScope {
  name = "conversation"
  noModel = null
  #settings
  #models

  /** @param {{ settings: Settings, models: ModelChoice }} parts */
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
  get limits() {
    return this.#models.limitsOf(this.model)
  }

  get target() {
    return this.#settings.target
  }

  chooseModel(id) {
    return this.#models.choose(id)
  }
}

/**
 * Edits the defaults of new conversations.
 * @implements {Scope}
 */
export class DefaultsScope {
  name = "defaults"
  key = "defaults"
  inherited = NOTHING
  noModel
  #settings
  #models

  /**
   * `noModel` is the label of "no default model".
   * @param {{ settings: Settings, models: ModelChoice, noModel: string }} parts
   */
  constructor({ settings, models, noModel }) {
    this.#settings = settings
    this.#models = models
    this.noModel = noModel
  }

  get own() {
    return this.#settings.defaults
  }
  get model() {
    return this.own.model
  }
  get limits() {
    return this.#models.limitsOf(this.model ?? this.#models.fallback)
  }

  get target() {
    return (change) => this.#settings.changeDefaults(change)
  }

  chooseModel(id) {
    return this.#settings.changeDefaults({ model: id })
  }
}
