import { Chat } from "./chat.js"
import { Connection } from "../net/connection.js"
import { Conversation } from "./conversation.js"
import { ConversationList } from "./conversation_list.js"
import { ConversationCache } from "./conversation_cache.js"
import { ConversationSync } from "./conversation_sync.js"
import { Drafts } from "./drafts.js"
import { Emitter } from "../base/emitter.js"
import { ModelChoice } from "./model_choice.js"
import { NewChat } from "./new_chat.js"
import { Outbox } from "./outbox.js"
import { OutboxStore } from "./outbox_store.js"
import { Preferences } from "./preferences.js"
import { Router } from "./router.js"
import { Search } from "./search.js"
import { Settings } from "./settings.js"
import { Cookies, SafeStorage } from "../base/storage.js"
import { BrowserTabs } from "../base/tabs.js"

/**
 * What this tab knows, and how its parts hear of each other; nothing of it is shown here.
 * Emits "problem" (error), "unsent" (entry): what the person sent failed, and it is not what is open, and "lost" (the
 * text that says how): the conversation that is open is gone, or never was.
 */
export class TabState extends Emitter {
  local = new SafeStorage(() => globalThis.localStorage)
  session = new SafeStorage(() => globalThis.sessionStorage)
  preferences = new Preferences({ cookies: new Cookies(), storage: this.local, channel: openChannel("preferences") })
  router = new Router()
  conversation = new Conversation()
  #memory = new ConversationCache()

  constructor({ api }) {
    super()
    const { local, session, conversation, router } = this
    const tabs = new BrowserTabs({ storage: session })
    this.api = api
    this.drafts = new Drafts({ storage: local, channel: openChannel("drafts"), tab: tabs.id })
    const connection = this.connection = new Connection({ api })
    const sync = this.sync = new ConversationSync({ connection, conversation, memory: this.#memory })
    const outbox = this.outbox = new Outbox({
      send: (command, payload) => connection.command(command, payload, { once: true }),
      store: new OutboxStore({ storage: local }), tabs, channel: openChannel("outbox"),
    })
    const models = this.models = new ModelChoice({ api, storage: local, session })
    const settings = this.settings = new Settings({ api, models, storage: session, channel: openChannel("settings") })
    this.chat = new Chat({ connection, conversation, sync, outbox, router, models, settings })
    this.newChat = new NewChat({ outbox, settings, models })
    this.list = new ConversationList({ api, connection })
    this.search = new Search({ api, connection })
    this.#follow()
  }

  /** Ask for what there is; `isShell`: nobody can answer before there is a connection, with which all is asked anew. */
  start({ isShell }) {
    if (!isShell) {
      this.list.load()
      this.#loadModels()
    }
    this.connection.start()
  }

  /** Show another conversation (null: a new one), from the server's state, or as it was when it was left. */
  switchTo(id, how) {
    if (this.sync.id === null && id !== null) this.newChat.leave()
    this.sync.show(id, how)
    if (id === null) this.outbox.adoptOrphans()
  }

  /** The models and the settings are those of what is open. */
  describe() {
    const { info } = this.conversation
    this.models.show(info)
    this.settings.show(info, { opening: this.sync.id !== null && info === null })
  }

  #follow() {
    this.chat.on("problem", (error) => this.emit("problem", error)).on("created", () => this.newChat.reset())
    this.sync.on("lost", () => this.emit("lost", "notFound"))
    this.outbox.on("failed", (entry) => {
      if (this.outbox.isOwn(entry) && !this.outbox.belongs(entry, this.sync.id)) this.emit("unsent", entry)
    })
    this.connection.on("connected", () => this.#connected()).on("fact", (name, payload) => {
      if (name === "conversation_changed") this.#changed(payload.conversation)
      if (name === "conversation_removed") this.#removed(payload.conversation_id)
    })
  }

  #connected() {
    this.#loadModels()
    this.settings.load().catch(() => {}) // What is known stays.
    this.outbox.connected()
  }

  #changed(info) {
    this.outbox.releaseWaiting(info.id, info.running)
    if (info.id !== this.conversation.id) return
    this.conversation.describe(info)
    this.sync.expect(info.revision)
  }

  #removed(id) {
    this.#memory.forget(id)
    if (id === this.sync.id) this.emit("lost", "removedElsewhere")
  }

  #loadModels() { this.models.load().catch((error) => this.emit("problem", error)) }
}

function openChannel(name) { return new BroadcastChannel(`chatapp.${name}`) }
