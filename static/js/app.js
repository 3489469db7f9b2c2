import { Announcer } from "./announcer.js"
import { Api } from "./api.js"
import { Chat } from "./chat.js"
import { Clipboard } from "./clipboard.js"
import { Composer } from "./composer.js"
import { Connection } from "./connection.js"
import { ConnectionNotice } from "./connection_notice.js"
import { Conversation } from "./conversation.js"
import { ConversationActions } from "./conversation_actions.js"
import { ConversationList } from "./conversation_list.js"
import { ConversationSync } from "./conversation_sync.js"
import { Drafts } from "./drafts.js"
import { Drawer } from "./drawer.js"
import { meaning } from "./enter_key.js"
import { Format } from "./format.js"
import { LengthLimit } from "./length_limit.js"
import { Menu } from "./menu.js"
import { ModelChoice } from "./model_choice.js"
import { ModelPicker } from "./model_picker.js"
import { Outbox } from "./outbox.js"
import { PageMenu } from "./page_menu.js"
import { Router } from "./router.js"
import { Search } from "./search.js"
import { SearchView } from "./search_view.js"
import { Shortcut } from "./shortcut.js"
import { Sidebar } from "./sidebar.js"
import { Stored } from "./stored.js"
import { strings } from "./strings.js"
import { ThreadView } from "./thread_view.js"
import { Toasts } from "./toasts.js"
import { Visit } from "./visit.js"
import { wake } from "./wake.js"
import { WelcomeView } from "./welcome_view.js"

const part = (name) => document.querySelector(`[data-part=${name}]`)
const boot = JSON.parse(document.getElementById("boot").textContent)
const locale = document.documentElement.lang
const t = strings(locale)
const format = new Format(locale, t)
const length = new LengthLimit({ limit: boot.limits.content_characters, t, format })
const local = new Stored(() => globalThis.localStorage)
const session = new Stored(() => globalThis.sessionStorage)

// What is true: the server's state as far as this tab knows it.
const api = new Api()
const router = new Router()
const connection = new Connection({ api })
const conversation = new Conversation()
const toasts = new Toasts({ root: part("toasts"), t })
const failed = (error) => toasts.show(error.message)
const sync = new ConversationSync({ connection, conversation, failed: () => lost("notFound") })
const outbox = new Outbox({ send: (command, payload) => connection.command(command, payload), storage: session })
const models = new ModelChoice({ api, storage: local })
const chat = new Chat({ connection, conversation, sync, outbox, router, models })
const list = new ConversationList({ api, connection })
const search = new Search({ api, connection })

// What is shown.
const clipboard = new Clipboard(() => toasts.show(t("copyFailed")))
const notice = new ConnectionNotice({ connection, t, root: part("notice") })
const composer = new Composer({ t, chat, length, drafts: new Drafts(local), notice, form: part("composer") })
const picker = new ModelPicker({ models, t, root: part("model"), failed })
const drawer = new Drawer({ sidebar: part("sidebar"), opener: part("menu"), shade: part("shade") })
const messageActions = {
  edit: (message, text) => chat.edit(message, text),
  regenerate: (message) => chat.regenerate(message),
  regenerateShorter: (message) => chat.regenerateShorter(message),
  continue: (message) => chat.continue(message),
  selectBranch: (id) => chat.selectBranch(id),
  chooseModel: () => picker.open(),
  retry: (entry) => chat.retry(entry),
  discard: (entry) => chat.discard(entry),
  putBack: (entry) => { chat.discard(entry); composer.putBack(entry.payload.content) },
}
const ask = (text) => { notice.urgent(); chat.send(text) }
const welcome = new WelcomeView({ t, boot, models, clipboard, ask, changed: () => thread.draw() })
const thread = new ThreadView({
  kit: { t, format, length, clipboard, actions: messageActions }, chat, conversation, welcome,
  thread: part("thread"), column: part("column"), latest: part("latest"),
})
const announcer = new Announcer({ element: part("announcer"), t, conversation })
const visit = new Visit({ chat, conversation, thread, router })
const listActions = new ConversationActions({ list, router, sync, toasts, t })
const { deeds } = new PageMenu({ api, list, outbox, router, toasts, t, format, part })
const sidebarKit = {
  t, format,
  actions: {
    go: (id) => { drawer.close(); router.go(id) },
    open: (id, { message_id: messageId, parts }) => {
      drawer.close()
      if (messageId) visit.to(id, messageId, parts.find(({ match }) => match)?.text ?? "")
      else router.go(id)
    },
    follow,
    rename: (...one) => listActions.rename(...one),
    pin: (...one) => listActions.pin(...one),
    archive: (...one) => listActions.archive(...one),
    remove: (...one) => listActions.remove(...one),
    leaveSearch: () => composer.focus(),
    closeDrawer: () => drawer.close(),
  },
  deeds,
}
const shortcut = new Shortcut("K")
const searchView = new SearchView({
  kit: sidebarKit, search, shortcut, announcer, root: part("sidebar"), changed: () => sidebar.draw(),
})
const sidebar = new Sidebar({
  kit: sidebarKit, list, search, searchView, menu: new Menu({ root: part("popup"), t }), root: part("sidebar"),
})

function show(id) {
  sync.show(id)
  composer.open(id)
  describe()
  thread.draw()
  thread.toEnd()
  if (matchMedia("(hover: hover)").matches) composer.focus()
}

/** The title, the list's mark and the model follow what is open. */
function describe() {
  const title = conversation.info?.title || (sync.id ? t("untitled") : t("newChat"))
  document.title = title
  part("title").textContent = title
  sidebar.mark(sync.id)
  models.show(conversation.info)
}

/** The conversation that is open is gone, or never was. */
function lost(key) {
  toasts.show(t(key))
  router.rename(null)
  show(null)
}

/** A plain click stays in this page; with a modifier it opens a tab, as with any link. */
function follow(event, act) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return
  event.preventDefault()
  act()
}

function label(name, key) {
  part(name).setAttribute("aria-label", t(key))
}

label("sidebar", "conversations")
label("thread", "thread")
label("menu", "openList")
part("skip").textContent = t("skipToBox")
part("disclaimer").textContent = t("disclaimer")

router.on("changed", show)
conversation.on("changed", describe).on("described", describe)
models.on("changed", () => { if (chat.items.length === 0) thread.draw() })
chat.on("problem", failed).on("begun", () => composer.open(sync.id))
list.on("failed", () => toasts.show(t("listFailed")))
connection.on("connected", () => models.load().catch(failed))
connection.on("fact", (name, payload) => {
  if (name === "conversation_removed" && payload.conversation_id === sync.id) lost("removedElsewhere")
  if (name !== "conversation_changed" || payload.conversation.id !== conversation.id) return
  conversation.describe(payload.conversation)
  sync.expect(payload.conversation.revision)
})
wake(connection, sync)
document.addEventListener("keydown", (event) => {
  const elsewhere = event.defaultPrevented || event.target.closest("[popover], [data-part=sidebar], dialog")
  if (meaning(event) === "cancel" && !elsewhere) composer.stop()
  if (!shortcut.matches(event) || document.querySelector("dialog[open]")) return
  event.preventDefault()
  drawer.open()
  searchView.focus()
})

show(router.id)
list.load()
models.load().catch(failed)
connection.start()
outbox.start()
