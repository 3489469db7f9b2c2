import { Emitter } from "../base/emitter.js"

const KEY = "chatapp.model"
const NEW_KEY = "chatapp.newModel"
const FRESH_MS = 5000

/**
 * Which model answers: the conversation's own, else what was chosen for the new one, else the owner's default, else
 * the last choice in this browser, else the server's default. Emits "changed" when there is something else to show.
 */
export class ModelChoice extends Emitter {
  #api
  #storage
  #session
  #now
  #models = []
  #down = []
  #typed = []
  #default = null
  #owners = null
  #takesOthers = true
  #conversation = null
  #askedAt = -Infinity
  #shown = ""
  /** What follows from all that, until something changes: {choices, groups, names}. */
  #derived = null

  /** Whether it is known what there is. */
  loaded = false

  /** `storage` is the browser's, `session` this tab's. */
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
    // A list that comes late must not take back a name that was typed meanwhile.
    this.loaded = true
    this.#models = [...models, ...this.#typed.filter(({ id }) => models.every((model) => model.id !== id))]
    this.#default = fallback
    this.#takesOthers = takesOthers
    this.#down = down
    this.#changed()
  }

  /** Ask again what there is, unless that was done a moment ago. */
  refresh() { return this.#now() - this.#askedAt < FRESH_MS ? Promise.resolve() : this.load() }

  /** The id of the model that a message would go to, null while it is unknown. */
  get current() { return this.#conversation?.model ?? this.#chosen ?? this.usual }

  /** The id of the model of a new conversation for which nothing is chosen. */
  get usual() { return this.#owners ?? this.#preferred ?? this.#default }

  /** The id of the server's own default. */
  get fallback() { return this.#default }

  /** Whether a model may be asked for by a name that no provider lists. */
  get takesOthers() { return this.#takesOthers }

  /** What can be chosen; a conversation or the owner may use a model that is not listed. */
  get choices() { return this.#present.choices }

  /**
   * The choices by provider: [{provider, problem, models}]. Where `problem` is not null, that one cannot be reached;
   * it may have no models. What no provider lists stands first, under null.
   */
  get groups() { return this.#present.groups }

  get name() { return this.nameOf(this.current) }

  /** What a model is called here: with its provider, where another one has a model of the same name. */
  nameOf(id) { return this.#present.names.get(id) || id }

  /** What is wrong with the provider of a model, null where nothing is known to be. */
  problemOf(id) { return this.groups.find(({ models }) => models.some((model) => model.id === id))?.problem ?? null }

  /** Take what the owner's defaults say (null: nothing). */
  prefer(id) {
    this.#owners = id
    this.#changed()
  }

  /** What was chosen for a new conversation has been used. */
  forget() {
    this.#session.removeItem(NEW_KEY)
    this.#changed()
  }

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
      this.#derived = null
      await this.#api.changeConversation(this.#conversation.id, { model: id })
    } else this.#session.setItem(NEW_KEY, id)
    this.#shown = ""
    this.#changed()
  }

  /** A list that is open in front of a reader is left alone while it stays as it is. */
  #changed() {
    this.#derived = null
    const shown = JSON.stringify([this.loaded, this.groups, this.current, this.#default, this.#takesOthers])
    if (shown === this.#shown) return
    this.#shown = shown
    this.emit("changed")
  }

  get #chosen() { return this.#conversation ? null : this.#session.getItem(NEW_KEY) }

  /** A server may list many hundred models, and each is asked for its name whenever they are drawn. */
  get #present() {
    if (this.#derived) return this.#derived
    const missing = [...new Set([this.current, this.#owners])]
      .filter((id) => id && this.#models.every((model) => model.id !== id))
    const choices = [...missing.map((id) => ({ id, name: id })), ...this.#models]
    this.#derived = { choices, groups: this.#grouped(choices), names: namesOf(choices) }
    return this.#derived
  }

  #grouped(choices) {
    const groups = new Map([[null, { provider: null, problem: null, models: [] }]])
    const groupOf = (provider) => {
      if (!groups.has(provider)) groups.set(provider, { provider, problem: null, models: [] })
      return groups.get(provider)
    }
    const providerOf = this.#unlistedProvider()
    for (const model of choices) groupOf(model.provider ?? providerOf(model.id)).models.push(model)
    for (const { provider, problem } of this.#down) groupOf(provider).problem = problem ?? ""
    return [...groups.values()].filter(({ models, problem }) => models.length > 0 || problem !== null)
  }

  /**
   * What tells whose a model is that nobody lists: with several providers an id begins with the name of one, and one
   * that is alone and down lists nothing.
   */
  #unlistedProvider() {
    const named = this.#models.filter(({ id, provider }) => provider && id.startsWith(`${provider}/`))
    const providers = [...new Set([...named, ...this.#down].map(({ provider }) => provider))]
    const isAlone = this.#models.every(({ provider }) => !provider) && this.#down.length === 1
    if (isAlone) return () => this.#down[0].provider
    return (id) => providers.find((provider) => id.startsWith(`${provider}/`)) ?? null
  }

  /** The last choice, as long as it is still offered. */
  get #preferred() {
    const id = this.#storage.getItem(KEY)
    return this.#models.some((model) => model.id === id) ? id : null
  }
}

function namesOf(choices) {
  const providers = new Map()
  for (const { name, provider } of choices) providers.set(name, (providers.get(name) ?? new Set()).add(provider))
  const isShared = ({ name, provider }) => provider && providers.get(name).size > 1
  return new Map(choices.map((one) => [one.id, isShared(one) ? `${one.name} · ${one.provider}` : one.name]))
}
