import { Emitter } from "./base/emitter.js"
import { Composer } from "./composer/composer.js"
import { QueueView } from "./composer/queue_view.js"
import { ModelMenu } from "./settings/model_menu.js"
import { ModelNameDialog } from "./settings/model_name_dialog.js"
import { ModelPicker } from "./settings/model_picker.js"
import { SettingsButton } from "./settings/settings_button.js"
import { SettingsPanel } from "./settings/settings_panel.js"
import { Presets } from "./state/presets.js"
import { AnswerDetails } from "./thread/message/answer_details.js"
import { EditDrafts } from "./thread/message/editing.js"
import { RegenerateMenu } from "./thread/message/regenerate_menu.js"
import { MessageJump } from "./thread/message_jump.js"
import { ReadingPositionStore } from "./thread/scroll/reading_position_store.js"
import { ThreadView } from "./thread/thread_view.js"
import { WelcomeView } from "./thread/welcome_view.js"
import { ConnectionNotice } from "./ui/connection_notice.js"
import { PageTitle } from "./ui/page_title.js"
import { Shortcut } from "./ui/shortcut.js"

/** @import { Page } from "./app.js" */
/** @import { TabState } from "./state/tab_state.js" */
/** @import { MessageActions } from "./thread/message/message_view.js" */

/**
 * The open conversation and the controls around it: messages, composer, title, model, settings.
 * Emits "shows" (conversation id, null for a new one) when another one is shown or its description changes.
 * @extends {Emitter<{ shows: [string | null] }>}
 */
export class MainPane extends Emitter {
  #state
  #page
  #notice
  #composer
  #models
  #picker
  #settings
  #presets
  #positions
  #thread
  #jump
  #title

  /** @param {{ state: TabState, page: Page }} parts */
  constructor({ state, page }) {
    super()
    const { t, findPart, boot, toasts } = page
    const { api, chat, connection, conversation, models, owner, preferences, router, session, settings } = state
    this.#state = state
    this.#page = page
    this.#notice = new ConnectionNotice({ connection, t, root: findPart("notice"), isShell: boot.offline })
    this.#composer = new Composer({
      ...page,
      chat,
      drafts: state.drafts,
      notice: this.#notice,
      form: findPart("composer"),
    })
    new QueueView({
      ...page,
      chat,
      actions: state.queue,
      putBack: (text, id) => this.#composer.putBack(text, id),
      home: () => this.#composer.focus(),
      root: findPart("queue"),
    })
    const modelName = new ModelNameDialog({ root: findPart("model-name"), models, t })
    const failed = (error) => toasts.show(error.message)
    this.#models = new ModelMenu({ root: findPart("models"), models, t })
    const modelMenu = new ModelMenu({ root: findPart("settings-models"), models, t })
    this.#picker = new ModelPicker({ models, menu: this.#models, name: modelName, t, root: findPart("model"), failed })
    this.#presets = new Presets({ api, channel: new BroadcastChannel(`chatapp.presets ${owner}`) })
    connection.on("connected", () => this.#presets.loaded || this.#presets.load().catch(() => {}))
    this.#settings = new SettingsPanel({
      root: findPart("settings"),
      context: { t, format: page.format, length: page.length, models, modelName, modelMenu },
      presets: this.#presets,
      settings,
      preferences,
      router,
      toasts,
      session,
      mod: new Shortcut("Mod+Enter").caps[0],
      closed: () => hovers() && this.write(),
    })
    new SettingsButton({ settings, t, root: findPart("settings-button"), open: () => this.openSettings() })
    this.#positions = new ReadingPositionStore(session)
    this.#thread = this.#createThread()
    this.#jump = new MessageJump({ chat, conversation, thread: this.#thread, router })
    this.#title = new PageTitle({ conversation, t })
    this.#follow()
  }

  /**
   * Show a conversation (null: a new one). Focus the composer unless that opens an on-screen keyboard.
   * @param {string | null} id
   */
  show(id) {
    this.#switchTo(id)
    if (hovers()) this.write()
  }

  /**
   * Show a message that a search found.
   * @param {string} id
   * @param {string} messageId
   * @param {string[]} words
   */
  showMessage(id, messageId, words) {
    this.#jump.to(id, messageId, words)
  }

  write() {
    this.#composer.focus()
  }
  /** Insert a text into the message box, and focus it. */
  #writeOn(text) {
    this.#composer.putBack(text)
    this.write()
  }
  stop() {
    return this.#composer.stop()
  }
  openSettings() {
    this.#settings.open()
  }
  /** Reopen the settings after a reload. */
  restore() {
    this.#settings.restore()
  }

  /** Copy the newest answer, also while it is generated. */
  async copyLast() {
    const { t, toasts, clipboard } = this.#page
    const { message, generation } =
      this.#state.chat.items.findLast(({ message: one }) => one?.role === "assistant") ?? {}
    const text = (message?.content ?? "") + (generation?.text ?? "")
    if (text && (await clipboard.copy(text))) toasts.show(t("copiedLast"))
  }

  #createThread() {
    const { t, format, findPart, announcer, menu } = this.#page
    const { chat, conversation, models, drafts } = this.#state
    const modelName = (/** @type {string} */ id) => models.nameOf(id)
    return new ThreadView({
      context: {
        ...this.#page,
        actions: this.#messageActions(),
        edits: new EditDrafts({ drafts }),
        announce: (key, values) => announcer.say(key, values),
        details: new AnswerDetails({ root: findPart("details"), t, format, modelName }),
        modelName,
        alternatives: (model, how) => models.alternativesTo(model, how),
        isCut: () => this.#notice.isShown,
        regenerateMenu: new RegenerateMenu({ menu, list: this.#models, models, t }),
      },
      chat,
      conversation,
      welcome: this.#welcome(),
      positions: this.#positions,
      notice: this.#notice,
      thread: findPart("thread"),
      column: findPart("column"),
      latest: findPart("latest"),
      starters: findPart("starters"),
    })
  }

  /** @returns {MessageActions} */
  #messageActions() {
    const { t, toasts } = this.#page
    const { chat, models } = this.#state
    /** The next question is for this model, too: the one before has failed. */
    const choose = (/** @type {string} */ id) => toasts.attempt(() => models.choose(id))
    const taken = (isTaken) => isTaken || toasts.show(t("unsentFirst"))
    return {
      edit: (message, text) => chat.edit(message, text),
      regenerate: (message, how) => taken(chat.regenerate(message, how)),
      regenerateWith: (message, model) => {
        choose(model)
        taken(chat.regenerate(message, { model }))
      },
      regenerateShorter: (message) => taken(chat.regenerateShorter(message)),
      continue: (message) => chat.continue(message),
      turnsOf: (message) => chat.turnsOf(message),
      selectBranch: (id) => chat.selectBranch(id),
      chooseModel: () => this.#picker.open(),
      openSettings: () => this.openSettings(),
      retry: (entry, change) => chat.retry(entry, change),
      retryWith: (entry, model) => {
        choose(model)
        chat.retry(entry, { model })
      },
      discard: (entry) => chat.discard(entry),
      putBack: (entry) => {
        chat.discard(entry)
        this.#writeOn(entry.payload.content)
      },
    }
  }

  #welcome() {
    const { toasts, shortcutsDialog } = this.#page
    const { models } = this.#state
    const actions = {
      ask: (text) => this.#ask(text),
      begin: (text) => this.#writeOn(`${text}\n`),
      usePreset: (preset) => this.#usePreset(preset),
      settings: () => this.openSettings(),
      shortcuts: () => shortcutsDialog.open(),
      choose: (id) => toasts.attempt(() => models.choose(id)),
      nameModel: () => this.#picker.name(),
    }
    return new WelcomeView({ ...this.#page, models, presets: this.#presets, actions }).on("changed", () =>
      this.#thread.draw(),
    )
  }

  /**
   * The pressed example disappears, so the focus moves: to the composer, or to the thread where focusing the composer
   * would open an on-screen keyboard.
   */
  #ask(text) {
    this.#notice.urgent()
    this.#state.chat.send(text)
    if (hovers()) this.write()
    else this.#page.findPart("thread").focus({ preventScroll: true })
  }

  /** @param {Wire.Preset} preset */
  async #usePreset(preset) {
    await this.#page.toasts.attempt(() => this.#settings.usePreset(preset))
    if (hovers()) this.write()
  }

  #follow() {
    const { router, conversation, models, chat, sync } = this.#state
    router.on("changed", (id) => this.show(id))
    conversation.on("changed", () => this.#describe()).on("described", () => this.#describe())
    models.on("changed", () => {
      if (chat.items.length === 0) this.#thread.draw()
      else this.#thread.rename()
    })
    chat.on("created", () => this.#composer.onCreated(sync.id))
    this.#state.on("lost", (key) => this.#lost(key))
  }

  #switchTo(id) {
    this.#settings.leave()
    this.#thread.switchTo(id)
    this.#state.switchTo(id, { messages: this.#positions.depthOf(id) })
    this.#composer.open(id)
    this.#describe()
    this.#thread.draw()
  }

  /** Update the title, the marked list item and the model. */
  #describe() {
    const { t, findPart } = this.#page
    const { conversation, sync } = this.#state
    const title = conversation.info?.title || t(!sync.id ? "newChat" : conversation.info ? "untitled" : "brand")
    this.#title.name = title
    Object.assign(findPart("title"), { textContent: title, title })
    this.emit("shows", sync.id)
    this.#state.describe()
  }

  /** The conversation is gone; a draft being typed is kept for a new one. */
  #lost(key) {
    const { focused } = this.#composer
    this.#page.toasts.show(this.#page.t(key))
    this.#state.router.rename(null)
    this.#composer.onLost()
    this.#switchTo(null)
    if (focused) this.write()
  }
}

/** A device with a pointer has a hardware keyboard. */
function hovers() {
  return matchMedia("(hover: hover)").matches
}
