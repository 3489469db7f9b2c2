import { Announcer } from "./announcer.js"
import { Api } from "./api.js"
import { prepareBodies } from "./body_view.js"
import { Chat } from "./chat.js"
import { Clipboard } from "./clipboard.js"
import { Composer } from "./composer.js"
import { Connection } from "./connection.js"
import { ConnectionNotice } from "./connection_notice.js"
import { Conversation } from "./conversation.js"
import { ConversationActions } from "./conversation_actions.js"
import { ConversationList } from "./conversation_list.js"
import { ConversationMemory } from "./conversation_memory.js"
import { ConversationSync } from "./conversation_sync.js"
import { Cookies } from "./cookies.js"
import { Details } from "./details.js"
import { Drafts } from "./drafts.js"
import { Drawer } from "./drawer.js"
import { Edits } from "./edits.js"
import { Format } from "./format.js"
import { keepAtHand } from "./installed.js"
import { LengthLimit } from "./length_limit.js"
import { keepAboveKeyboard } from "./keyboard.js"
import { Menu } from "./menu.js"
import { ModelChoice } from "./model_choice.js"
import { ModelName } from "./model_name.js"
import { ModelPicker } from "./model_picker.js"
import { NewChat } from "./new_chat.js"
import { Outbox } from "./outbox.js"
import { OutboxStore } from "./outbox_store.js"
import { PageMenu } from "./page_menu.js"
import { PageTitle } from "./page_title.js"
import { Preferences } from "./preferences.js"
import { ReadingPlaces } from "./reading_places.js"
import { RegenerateMenu } from "./regenerate_menu.js"
import { Router } from "./router.js"
import { Search } from "./search.js"
import { SearchView } from "./search_view.js"
import { SendKey } from "./send_key.js"
import { Settings } from "./settings.js"
import { SettingsButton } from "./settings_button.js"
import { SettingsPanel } from "./settings_panel.js"
import { Theme } from "./settings_theme.js"
import { ShortDate } from "./short_date.js"
import { Shortcut } from "./shortcut.js"
import { Shortcuts } from "./shortcuts.js"
import { ShortcutsSheet } from "./shortcuts_sheet.js"
import { Sidebar } from "./sidebar.js"
import { Stored } from "./stored.js"
import { StoredList } from "./stored_list.js"
import { strings } from "./strings.js"
import { Tabs } from "./tabs.js"
import { ThreadKeys } from "./thread_keys.js"
import { ThreadView } from "./thread_view.js"
import { Toasts } from "./toasts.js"
import { Visit } from "./visit.js"
import { wake } from "./wake.js"
import { WelcomeView } from "./welcome_view.js"

const part = (name) => document.querySelector(`[data-part=${name}]`)
const boot = JSON.parse(document.getElementById("boot").textContent)
const locale = document.documentElement.lang
const t = strings(boot.texts, locale)
const format = new Format(locale, t)
const length = new LengthLimit({ limit: boot.limits.content_characters, t, format })
const local = new StoredList(() => globalThis.localStorage)
const session = new Stored(() => globalThis.sessionStorage)
const preferences = new Preferences({
  cookies: new Cookies(), storage: local, channel: new BroadcastChannel("chatapp.preferences"),
})
new Theme({ preferences })
const sendKey = new SendKey({ preferences })
const tabs = new Tabs({ storage: session })
const drafts = new Drafts({ storage: local, channel: new BroadcastChannel("chatapp.drafts"), tab: tabs.id })

// What is true: the server's state as far as this tab knows it.
const api = new Api({ t })
const router = new Router()
const connection = new Connection({ api })
const conversation = new Conversation()
const toasts = new Toasts({ root: part("toasts"), t })
const failed = (error) => toasts.show(error.message)
local.on("full", () => toasts.show(t("storageFull")))
const memory = new ConversationMemory()
const sync = new ConversationSync({ connection, conversation, memory })
const outbox = new Outbox({
  send: (command, payload) => connection.command(command, payload, { once: true }),
  store: new OutboxStore({ storage: local }), tabs, channel: new BroadcastChannel("chatapp.outbox"),
})
const models = new ModelChoice({ api, storage: local, session })
const settings = new Settings({
  api, models, storage: session, channel: new BroadcastChannel("chatapp.settings"),
})
const chat = new Chat({ connection, conversation, sync, outbox, router, models, settings })
const newChat = new NewChat({ outbox, settings, models })
const list = new ConversationList({ api, connection })
const search = new Search({ api, connection })

// What is shown.
const clipboard = new Clipboard(() => toasts.show(t("copyFailed")))
const notice = new ConnectionNotice({ connection, t, root: part("notice"), isShell: boot.offline })
const composer = new Composer({ t, chat, length, drafts, sendKey, notice, form: part("composer") })
const modelName = new ModelName({ root: part("model-name"), models, t })
const picker = new ModelPicker({ models, name: modelName, t, root: part("model"), failed })
const settingsPanel = new SettingsPanel({
  root: part("settings"), kit: { t, format, length, models, modelName }, api, settings, preferences, router, toasts,
  session, mod: new Shortcut("Mod+Enter").caps[0],
})
new SettingsButton({ settings, t, root: part("settings-button"), open: () => settingsPanel.open() })
const drawer = new Drawer({
  sidebar: part("sidebar"), main: part("main"), opener: part("menu"), shade: part("shade"), storage: local,
})
const menu = new Menu({ root: part("popup"), t })
const taken = (isTaken) => isTaken || toasts.show(t("unsentFirst"))
const messageActions = {
  edit: (message, text) => chat.edit(message, text),
  regenerate: (message, how) => taken(chat.regenerate(message, how)),
  regenerateShorter: (message) => taken(chat.regenerateShorter(message)),
  continue: (message) => chat.continue(message),
  selectBranch: (id) => chat.selectBranch(id),
  chooseModel: () => picker.open(),
  retry: (entry) => chat.retry(entry),
  discard: (entry) => chat.discard(entry),
  putBack: (entry) => { chat.discard(entry); composer.putBack(entry.payload.content) },
}
const ask = (text) => {
  notice.urgent()
  chat.send(text)
  // The example that was pressed goes. Where focusing the box would bring up a keyboard, the answer gets the focus.
  if (matchMedia("(hover: hover)").matches) composer.focus()
  else part("thread").focus({ preventScroll: true })
}
const welcome = new WelcomeView({
  t, boot, models, clipboard, changed: () => thread.draw(), shortcut: (name) => shortcuts.of(name),
  deeds: {
    ask,
    settings: () => settingsPanel.open(),
    shortcuts: () => sheet.open(),
    choose: (id) => models.choose(id).catch(failed),
    nameModel: () => picker.name(),
  },
})
const places = new ReadingPlaces(session)
const thread = new ThreadView({
  kit: {
    t, format, locale, length, sendKey, clipboard, actions: messageActions, edits: new Edits({ drafts }),
    announce: (...what) => announcer.say(...what),
    details: new Details({ root: part("details"), t, format }),
    regenerateMenu: new RegenerateMenu({ menu, models, t }),
  },
  chat, conversation, welcome, places,
  thread: part("thread"), column: part("column"), latest: part("latest"),
})
const pageTitle = new PageTitle({ conversation, t })
const announcer = new Announcer({ element: part("announcer"), t, conversation, preferences })
const visit = new Visit({ chat, conversation, thread, router })
const listActions = new ConversationActions({ list, router, sync, toasts, t })
const { deeds } = new PageMenu({ api, list, outbox, router, toasts, t, format, part })
const threadKeys = new ThreadKeys(part("thread"))
const shortcuts = new Shortcuts({
  busy: () => document.querySelector("dialog[open]") !== null,
  deeds: {
    newChat: () => go(null),
    search: () => { drawer.open(); searchView.focus() },
    toggleList: () => drawer.toggle(),
    undoLast: ({ target }) => !target.matches("input, textarea") && toasts.undo(),
    shortcuts: () => sheet.open(),
    focusBox: () => { drawer.closeDrawer(); composer.focus() },
    stopAnswer: ({ target }) => !isOver(target) && composer.stop(),
    copyLast,
    pageUp: (event) => threadKeys.pageUp(event),
    pageDown: (event) => threadKeys.pageDown(event),
    toFirst: (event) => threadKeys.toFirst(event),
    toLatest: (event) => threadKeys.toLatest(event),
  },
})
const sheet = new ShortcutsSheet({ root: part("shortcuts"), t, shortcuts, sendKey: () => sendKey.value })
const sidebarKit = {
  isShell: boot.offline,
  t, format, when: new ShortDate(locale, t),
  keys: (name) => shortcuts.of(name),
  actions: {
    go,
    open: (id, { message_id: messageId, parts }) => {
      drawer.closeDrawer()
      if (messageId) visit.to(id, messageId, parts.find(({ match }) => match)?.text ?? "")
      else router.go(id)
    },
    follow,
    rename: (...one) => listActions.rename(...one),
    pin: (...one) => listActions.pin(...one),
    archive: (...one) => listActions.archive(...one),
    remove: (...one) => listActions.remove(...one),
    leaveSearch: () => composer.focus(),
    closeList: () => drawer.close(),
  },
  deeds: [
    { name: "settings", icon: "tuner", act: () => settingsPanel.open() }, null, ...deeds, null,
    { name: "shortcuts", icon: "keyboard", act: () => sheet.open() },
  ],
}
const searchView = new SearchView({
  kit: sidebarKit, search, shortcut: shortcuts.of("search"), announcer, root: part("sidebar"), changed: () => sidebar.draw(),
})
const sidebar = new Sidebar({
  kit: sidebarKit, list, search, searchView, menu, root: part("sidebar"),
})

/** Go where the person chose in the list. A new chat is a fresh one, also while one is being sent. */
function go(id) {
  drawer.closeDrawer()
  if (id === null && newChat.setAside()) toasts.show(t("setAside"))
  router.go(id)
}

function show(id) {
  turnTo(id)
  if (matchMedia("(hover: hover)").matches) composer.focus()
}

function turnTo(id) {
  settingsPanel.leave()
  if (sync.id === null && id !== null) newChat.leave()
  thread.turnTo(id)
  sync.show(id, { messages: places.depthOf(id) })
  composer.open(id)
  if (id === null) outbox.adopt()
  describe()
  thread.draw()
}

/** The title, the list's mark and the model follow what is open. */
function describe() {
  const title = conversation.info?.title || (sync.id ? t("untitled") : t("newChat"))
  pageTitle.name = title
  Object.assign(part("title"), { textContent: title, title })
  sidebar.mark(sync.id)
  models.show(conversation.info)
  settings.show(conversation.info, { opening: sync.id !== null && conversation.info === null })
}

/** The conversation that is open is gone, or never was. Whoever is typing, there or elsewhere, types on. */
function lost(key) {
  const { focused } = composer
  toasts.show(t(key))
  router.rename(null)
  composer.orphaned()
  turnTo(null)
  if (focused) composer.focus()
}

/** A plain click stays in this page; with a modifier it opens a tab, as with any link. */
function follow(event, act) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return
  event.preventDefault()
  act()
}

/** Copy the newest answer as it is written so far. */
async function copyLast() {
  const { message, generation } = chat.items.findLast(({ message: one }) => one?.role === "assistant") ?? {}
  const text = (message?.content ?? "") + (generation?.text ?? "")
  if (text && await clipboard.copy(text)) toasts.show(t("copiedLast"))
}

/** Whether something lies over the page that Esc closes first. */
function isOver(target) {
  return document.querySelector(":popover-open") !== null || target.closest("[data-part=sidebar]") !== null
}

router.on("changed", show)
conversation.on("changed", describe).on("described", describe)
models.on("changed", () => { if (chat.items.length === 0) thread.draw() })
chat.on("problem", failed).on("begun", () => {
  composer.begun(sync.id)
  newChat.begun()
})
outbox.on("failed", (entry) => {
  if (!outbox.isOwn(entry) || outbox.belongs(entry, sync.id)) return
  toasts.show(t("not_sent"), { label: t("showUnsent"), act: () => go(outbox.conversationOf(entry)) })
})
sync.on("lost", () => lost("notFound"))
list.on("failed", () => toasts.show(t("listFailed")))
connection.on("connected", () => models.load().catch(failed))
connection.on("connected", () => settings.load().catch(() => {})) // What is known stays.
connection.on("connected", () => outbox.connected())
connection.on("fact", (name, payload) => {
  if (name === "conversation_changed") outbox.rested(payload.conversation.id, payload.conversation.running)
  if (name === "conversation_removed") memory.forget(payload.conversation_id)
  if (name === "conversation_removed" && payload.conversation_id === sync.id) lost("removedElsewhere")
  if (name !== "conversation_changed" || payload.conversation.id !== conversation.id) return
  conversation.describe(payload.conversation)
  sync.expect(payload.conversation.revision)
})
wake(connection, sync)
keepAboveKeyboard(document.documentElement)
window.addEventListener("pagehide", () => drafts.flush())
document.addEventListener("visibilitychange", () => { if (document.hidden) drafts.flush() })
document.addEventListener("keydown", (event) => shortcuts.keydown(event))

show(router.id)
if (router.id) prepareBodies()
else requestAnimationFrame(() => setTimeout(prepareBodies)) // The empty page is painted without it.
if (!boot.offline) { // Else there is nobody to ask until there is a connection, with which all is asked for anew.
  list.load()
  models.load().catch(failed)
}
connection.start()
settingsPanel.restore()
keepAtHand()
