import { Emitter } from "../base/emitter.js"
import { displayName } from "../base/model_names.js"

/** @import { Api } from "../net/api.js" */
/** @import { OwnerStorage } from "../base/owner_storage.js" */
/** @typedef {{ provider: string | null, problem: string | null, models: Wire.Model[] }} ModelGroup */

const KEY = "chatapp.model"
const USED_KEY = "chatapp.modelsUsed"
const MAX_USED = 5
const NEW_KEY = "chatapp.newModel"
const FRESH_MS = 5000

/**
 * Which model answers: that of the conversation, else the choice for a new one, the owner's default, the last choice in
 * this browser, the server's default. Emits "changed" when there is something else to show.
 * @extends {Emitter<{ changed: [] }>}
 */
export class ModelChoice extends Emitter {
  #api
  #storage
  #session
  #now
  /** @type {Wire.Model[]} */
  #models = []
  /** @type {Wire.Models["down"]} */
  #down = []
  /** @type {Wire.Model[]} */
  #typed = []
  /** @type {string | null} */
  #default = null
  /** @type {string | null} */
  #owners = null
  #takesOthers = true
  /** @type {Wire.Conversation | null} */
  #conversation = null
  /** The model of that conversation on the server. */
  #stored = null
  #askedAt = -Infinity
  #shown = ""
  /**
   * Cache of what is derived from the above.
   * @type {{ choices: Wire.Model[], groups: ModelGroup[], names: Map<string, string> } | null}
   */
  #derived = null

  loaded = false

  /**
   * `storage` is the browser's, `session` this tab's.
   * @param {{ api: Api, storage: OwnerStorage, session: OwnerStorage, now?: () => number }} parts
   */
  constructor({ api, storage, session, now = Date.now }) {
    super()
    this.#api = api
    this.#storage = storage
    this.#session = session
    this.#now = now
  }

  async load() {
    this.#askedAt = this.#now()
    const { models, default: fallback, down = [], takes_others: takesOthers = true } = await this.#api.models()
    // A late list must not remove a name that was entered meanwhile.
    this.loaded = true
    this.#models = [...models, ...this.#typed.filter(({ id }) => models.every((model) => model.id !== id))]
    this.#default = fallback
    this.#takesOthers = takesOthers
    this.#down = down
    this.#changed()
  }

  /** Reload the list, unless it is fresh. */
  refresh() {
    return this.#now() - this.#askedAt < FRESH_MS ? Promise.resolve() : this.load()
  }

  /** The id of the model for the next message, null while unknown. */
  get current() {
    return this.listed(this.#conversation?.model ?? this.#chosen ?? this.usual)
  }

  /** The id of the model for a new conversation without a choice. */
  get usual() {
    return this.#owners ?? this.#preferred ?? this.#default
  }

  /** The id of the server's own default. */
  get fallback() {
    return this.#default
  }

  /**
   * The ids of the models that were chosen last in this browser, the newest first.
   * @returns {string[]}
   */
  get used() {
    try {
      const ids = JSON.parse(this.#storage.getItem(USED_KEY))
      return Array.isArray(ids) ? ids.filter((id) => typeof id === "string") : []
    } catch {
      return []
    }
  }

  /** Whether an unlisted model can be entered by name. */
  get takesOthers() {
    return this.#takesOthers
  }

  /** All choices, including unlisted models that the conversation or the owner uses. */
  get choices() {
    return this.#present.choices
  }

  /**
   * The choices by provider. `problem` is not null if the provider is unreachable; then `models` may be empty. Unlisted
   * models come first, under null.
   */
  get groups() {
    return this.#present.groups
  }

  get name() {
    return this.nameOf(this.current)
  }

  /**
   * The display name: with the provider if several offer a model of that name. Null while the model is unknown.
   * @param {string | null} id
   */
  nameOf(id) {
    return this.#present.names.get(id) || (id && this.#unlistedName(id))
  }

  /**
   * The id in the list of the model that an id means: a file may be known by its path, from before it had a name.
   * @param {string | null} id
   */
  listed(id) {
    const isListed = (/** @type {string} */ one) => this.#models.some((model) => model.id === one)
    if (!id || isListed(id)) return id
    const [name, provider] = [this.#unlistedName(id), this.#unlistedProvider()(id)]
    const named = provider === null ? name : `${provider}/${name}`
    return isListed(named) ? named : id
  }

  /** Without the folders of a file, also behind the name of its provider. */
  #unlistedName(id) {
    const provider = this.#unlistedProvider()(id)
    const own = provider && id.startsWith(`${provider}/`) ? id.slice(provider.length + 1) : id
    return displayName(own) === own ? id : displayName(own)
  }

  /**
   * The problem of a model's provider, null if none is known.
   * @param {string} id
   */
  problemOf(id) {
    return this.groups.find(({ models }) => models.some((model) => model.id === id))?.problem ?? null
  }

  /**
   * The ids of other models that can be reached, the likeliest first: the server's default, then in their order. With
   * `elsewhere` those of other providers come before.
   * @param {string | null} id
   * @param {{ elsewhere?: boolean }} [how]
   */
  alternativesTo(id, { elsewhere = false } = {}) {
    const listed = this.listed(id)
    const own = this.groups.find(({ models }) => models.some((model) => model.id === listed))
    const rank = (/** @type {ModelGroup} */ group, /** @type {Wire.Model} */ model) =>
      (elsewhere && group === own ? 2 : 0) + (model.id === this.#default ? 0 : 1)
    return this.groups
      .filter(({ problem }) => problem === null)
      .flatMap((group) => group.models.map((model) => ({ id: model.id, rank: rank(group, model) })))
      .filter((one) => one.id !== listed)
      .sort((one, other) => one.rank - other.rank)
      .map((one) => one.id)
  }

  /**
   * The operator's ceilings for a model; none for one that is not listed.
   * @param {string | null} id
   * @returns {Wire.Limits}
   */
  limitsOf(id) {
    return this.#models.find((model) => model.id === id)?.limits ?? {}
  }

  /**
   * Set the owner's default (null: none).
   * @param {string | null} id
   */
  prefer(id) {
    this.#owners = id
    this.#changed()
  }

  /** Forget the choice for a new conversation. */
  forget() {
    this.#session.removeItem(NEW_KEY)
    this.#changed()
  }

  /**
   * Follow the shown conversation (null: a new one).
   * @param {Wire.Conversation | null} conversation
   */
  show(conversation) {
    this.#conversation = conversation
    this.#stored = conversation?.model ?? null
    this.#changed()
  }

  /** @param {string} id */
  async choose(id) {
    if (!this.#models.some((model) => model.id === id)) {
      const model = { id, name: this.#unlistedName(id) }
      this.#typed.push(model)
      this.#models = [...this.#models, model]
    }
    this.#storage.setItem(KEY, id)
    this.#storage.setItem(USED_KEY, JSON.stringify([id, ...this.used.filter((one) => one !== id)].slice(0, MAX_USED)))
    if (this.#conversation) await this.#change(this.#conversation, id)
    else this.#session.setItem(NEW_KEY, id)
    this.#shown = ""
    this.#changed()
  }

  /**
   * Change the model of a conversation: at once here, and back if the server refuses.
   * @param {Wire.Conversation} conversation
   * @param {string} model
   */
  async #change(conversation, model) {
    const isShown = () => this.#conversation?.id === conversation.id
    this.#conversation = { ...conversation, model }
    this.#derived = null
    try {
      await this.#api.changeConversation(conversation.id, { model })
      if (isShown()) this.#stored = model
    } catch (error) {
      const isLast = isShown() && this.#conversation.model === model
      if (isLast) this.#conversation = { ...this.#conversation, model: this.#stored }
      this.#changed()
      throw error
    }
  }

  /** Emit only real changes: the list may be open in front of the user. */
  #changed() {
    this.#derived = null
    const shown = JSON.stringify([this.loaded, this.groups, this.current, this.#default, this.#takesOthers])
    if (shown === this.#shown) return
    this.#shown = shown
    this.emit("changed")
  }

  get #chosen() {
    return this.#conversation ? null : this.#session.getItem(NEW_KEY)
  }

  /** Cached: there may be hundreds of models, and each draw asks for every name. */
  get #present() {
    if (this.#derived) return this.#derived
    const missing = [...new Set([this.current, this.#owners])].filter(
      (id) => id && this.#models.every((model) => model.id !== id),
    )
    const choices = [...missing.map((id) => ({ id, name: this.#unlistedName(id) })), ...this.#models]
    this.#derived = { choices, groups: this.#grouped(choices), names: namesOf(choices) }
    return this.#derived
  }

  /** @param {Wire.Model[]} choices */
  #grouped(choices) {
    /** @type {Map<string | null, ModelGroup>} */
    const groups = new Map([[null, { provider: null, problem: null, models: [] }]])
    const groupOf = (/** @type {string | null} */ provider) => {
      if (!groups.has(provider)) groups.set(provider, { provider, problem: null, models: [] })
      return groups.get(provider)
    }
    const providerOf = this.#unlistedProvider()
    for (const model of choices) groupOf(model.provider ?? providerOf(model.id)).models.push(model)
    for (const { provider, problem } of this.#down) groupOf(provider).problem = problem ?? ""
    return [...groups.values()].filter(({ models, problem }) => models.length > 0 || problem !== null)
  }

  /**
   * Guess the provider of an unlisted model: with several providers, ids begin with their name; a single unreachable
   * one lists nothing.
   */
  #unlistedProvider() {
    const named = this.#models.filter(({ id, provider }) => provider && id.startsWith(`${provider}/`))
    const providers = [...new Set([...named, ...this.#down].map(({ provider }) => provider))]
    const isAlone = this.#models.every(({ provider }) => !provider) && this.#down.length === 1
    if (isAlone) return () => this.#down[0].provider
    return (id) => providers.find((provider) => id.startsWith(`${provider}/`)) ?? null
  }

  /** The last choice, if it is still offered. */
  get #preferred() {
    const id = this.#storage.getItem(KEY)
    return this.#models.some((model) => model.id === id) ? id : null
  }
}

/** @param {Wire.Model[]} choices */
function namesOf(choices) {
  const providers = new Map()
  for (const { name, provider } of choices) providers.set(name, (providers.get(name) ?? new Set()).add(provider))
  const isShared = (/** @type {Wire.Model} */ { name, provider }) => provider && providers.get(name).size > 1
  return new Map(choices.map((one) => [one.id, isShared(one) ? `${one.name} · ${one.provider}` : one.name]))
}
