import { hasArrived } from "../base/arrival.js"
import { Emitter } from "../base/emitter.js"
import { OwnerStorage, settle, tellLeft } from "../base/owner_storage.js"
import { Cookies, SafeStorage } from "../base/storage.js"
import { BrowserTabs } from "../base/tabs.js"
import { Connection } from "../net/connection.js"
import { Chat } from "./chat.js"
import { Conversation } from "./conversation.js"
import { ConversationCache } from "./conversation_cache.js"
import { ConversationList } from "./conversation_list.js"
import { ConversationSync } from "./conversation_sync.js"
import { Drafts } from "./drafts.js"
import { ModelChoice } from "./model_choice.js"
import { NewChat } from "./new_chat.js"
import { Outbox } from "./outbox.js"
import { OutboxStore } from "./outbox_store.js"
import { Preferences } from "./preferences.js"
import { QueueActions } from "./queue_actions.js"
import { Router } from "./router.js"
import { Search } from "./search.js"
import { Settings } from "./settings.js"

/** @import { Api } from "../net/api.js" */
/** @import { OutboxEntry } from "./outbox_store.js" */

/**
 * The state of this tab and the wiring between its parts; no DOM.
 * Emits "problem" (error), "unsent" (entry) when a message failed in a conversation that is not open, and "lost" (text
 * key) when the open conversation is gone or never existed.
 * @extends {Emitter<{ problem: [{ message: string }], unsent: [OutboxEntry], lost: [string] }>}
 */
export class TabState extends Emitter {
  local = new SafeStorage(() => globalThis.localStorage)
  #tab = new SafeStorage(() => globalThis.sessionStorage)
  preferences = new Preferences({ cookies: new Cookies(), storage: this.local, channel: openChannel("preferences") })
  router = new Router()
  conversation = new Conversation()
  #memory = new ConversationCache()

  /**
   * `owner` is null on a page that was opened without a network: then it is the last one.
   * `formerly`: the owners that have been merged into this one.
   * @param {{ createApi: (owner: string | null) => Api, owner: string | null, formerly?: string[] }} parts
   */
  constructor({ createApi, owner, formerly = [] }) {
    super()
    const { conversation, router } = this
    const tabs = new BrowserTabs({ storage: this.#tab })
    this.owner = settle({ storages: [this.#tab, this.local], owner, formerly })
    const api = (this.api = createApi(this.owner))
    const local = new OwnerStorage({ storage: this.local, owner: this.owner })
    const session = (this.session = new OwnerStorage({ storage: this.#tab, owner: this.owner }))
    const openOwn = (name) => openChannel(`${name} ${this.owner}`)
    this.drafts = new Drafts({ storage: local, channel: openOwn("drafts"), tab: tabs.id })
    const connection = (this.connection = new Connection({ api, owner: this.owner }))
    const sync = (this.sync = new ConversationSync({ connection, conversation, memory: this.#memory }))
    const outbox = (this.outbox = new Outbox({
      send: (command, payload) => connection.command(command, /** @type {any} */ (payload), { once: true }),
      store: new OutboxStore({ storage: local }),
      tabs,
      channel: openOwn("outbox"),
    }))
    const models = (this.models = new ModelChoice({ api, storage: local, session }))
    const settings = (this.settings = new Settings({ api, models, storage: session, channel: openOwn("settings") }))
    this.chat = new Chat({ connection, conversation, sync, outbox, router, models, settings })
    this.queue = new QueueActions({ connection, conversation })
    this.newChat = new NewChat({ outbox, settings, models })
    this.list = new ConversationList({ api, connection })
    this.search = new Search({ api, connection })
    this.#follow()
  }

  /**
   * Load everything; as the shell, only after connecting.
   * @param {{ isShell: boolean }} page
   */
  start({ isShell }) {
    if (!isShell) {
      this.list.load()
      this.#loadModels()
    }
    this.connection.start()
  }

  /** Whether this page is the first one after joining another device. */
  get hasJoined() {
    return hasArrived(this.#tab)
  }

  /** Leave for the page of who is signed out, with all tabs of the browser. */
  leave() {
    tellLeft(this.local)
    this.api.leave()
  }

  /**
   * Show another conversation (null: a new one), from memory first if it was open before.
   * @param {string | null} id
   * @param {{ messages?: number }} how
   */
  switchTo(id, how) {
    if (this.sync.id === null && id !== null) this.newChat.leave()
    this.sync.show(id, how)
    if (id === null) this.outbox.adoptOrphans()
  }

  /** Apply the open conversation to models and settings. */
  describe() {
    const { info } = this.conversation
    this.models.show(info)
    this.settings.show(info, { opening: this.sync.id !== null && info === null })
  }

  #follow() {
    this.queue.on("problem", (error) => this.emit("problem", error))
    this.chat.on("problem", (error) => this.emit("problem", error)).on("created", () => this.newChat.reset())
    this.sync.on("lost", () => this.emit("lost", "notFound"))
    this.outbox.on("failed", (entry) => {
      if (this.outbox.isOwn(entry) && !this.outbox.belongs(entry, this.sync.id)) this.emit("unsent", entry)
    })
    this.connection
      .on("connected", () => this.#connected())
      .on("fact", (name, payload) => {
        if (name === "conversation_changed") this.#changed(payload.conversation)
        if (name === "conversation_removed") this.#removed(payload.conversation_id)
      })
  }

  #connected() {
    this.#loadModels()
    this.settings.load().catch(() => {}) // On failure the known ones stay.
    this.outbox.connected()
  }

  /** @param {Wire.Conversation} info */
  #changed(info) {
    if (info.id !== this.conversation.id) return
    this.conversation.describe(info)
    this.sync.expect(info.revision)
  }

  #removed(id) {
    this.#memory.forget(id)
    if (id === this.sync.id) this.emit("lost", "removedElsewhere")
  }

  #loadModels() {
    this.models.load().catch((error) => this.emit("problem", error))
  }
}

function openChannel(name) {
  return new BroadcastChannel(`chatapp.${name}`)
}
