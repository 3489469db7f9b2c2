import { Format } from "./base/format.js"
import { watchOwner } from "./base/owner_storage.js"
import { createTranslator } from "./base/translator.js"
import { LengthLimit } from "./composer/length_limit.js"
import { SendKey } from "./composer/send_key.js"
import { MainPane } from "./main_pane.js"
import { Api } from "./net/api.js"
import { reconnectOnWake } from "./net/reconnect_on_wake.js"
import { registerServiceWorker } from "./net/service_worker_registration.js"
import { ListPane } from "./sidebar/list_pane.js"
import { TabState } from "./state/tab_state.js"
import { preloadRenderer } from "./thread/message/body_view.js"
import { ThreadKeys } from "./thread/scroll/thread_keys.js"
import { Announcer } from "./ui/announcer.js"
import { closeAtBack } from "./ui/back_closes.js"
import { Clipboard } from "./ui/clipboard.js"
import { Menu } from "./ui/menu.js"
import { trackOnScreenKeyboard } from "./ui/on_screen_keyboard.js"
import { Shortcuts } from "./ui/shortcuts.js"
import { ShortcutsDialog } from "./ui/shortcuts_dialog.js"
import { Theme } from "./ui/theme.js"
import { Toasts } from "./ui/toasts.js"
import { TypeToFocus } from "./ui/type_to_focus.js"

/** @import { Hint } from "./thread/welcome_view.js" */

/** @type {<Part extends HTMLElement>(name: string) => Part} */
const findPart = (name) => document.querySelector(`[data-part=${name}]`)
/**
 * What the server writes into the page (chatapp/web/pages.py); `offline`: it is the kept shell.
 * @typedef {{ owner: string | null, texts: Record<string, string | string[]>, limits: { content_characters: number },
 *   demo: boolean, hints: Hint[], offline?: boolean, formerly: string[] }} Boot
 */
/** @type {Boot} */
const boot = JSON.parse(document.getElementById("boot").textContent)
const locale = document.documentElement.lang
const t = createTranslator(boot.texts, locale)
const format = new Format(locale, t)

const state = new TabState({ createApi: (owner) => new Api({ t, owner }), owner: boot.owner, formerly: boot.formerly })
const { api, preferences, router, conversation, connection, sync, drafts } = state
new Theme({ preferences })

const toasts = new Toasts({ root: findPart("toasts"), t })
const sendKey = new SendKey({ preferences })
const hasDialog = () => document.querySelector("dialog[open]") !== null
const shortcuts = new Shortcuts({ busy: hasDialog })
const shortcutsDialog = new ShortcutsDialog({ root: findPart("shortcuts"), t, shortcuts, sendKey: () => sendKey.value })
/** @typedef {typeof page} Page what all parts of the page share */
const page = {
  findPart,
  boot,
  locale,
  t,
  format,
  toasts,
  sendKey,
  shortcuts,
  shortcutsDialog,
  length: new LengthLimit({ limit: boot.limits.content_characters, t, format }),
  clipboard: new Clipboard(() => toasts.show(t("copyFailed"))),
  menu: new Menu({ root: findPart("popup"), t }),
  announcer: new Announcer({ element: findPart("announcer"), t, conversation, preferences }),
}
const main = new MainPane({ state, page })
const list = new ListPane({ state, page, main })
const threadKeys = new ThreadKeys(findPart("thread"))
const typeToFocus = new TypeToFocus({ busy: () => hasDialog() || hasPopover(), write: () => main.write() })

shortcuts.bind({
  newChat: () => list.go(null),
  search: () => list.find(),
  toggleList: () => list.toggle(),
  undoLast: ({ target }) => !target.matches("input, textarea") && toasts.undo(),
  shortcuts: () => shortcutsDialog.open(),
  focusBox: () => {
    list.closeDrawer()
    main.write()
  },
  stopAnswer: ({ target }) => !hasPopover() && (list.closeDrawer() || (!isInList(target) && main.stop())),
  copyLast: () => {
    main.copyLast()
  },
  pageUp: (event) => threadKeys.pageUp(event),
  pageDown: (event) => threadKeys.pageDown(event),
  toFirst: (event) => threadKeys.toFirst(event),
  toLatest: (event) => threadKeys.toLatest(event),
})

function isInList(target) {
  return target.closest("[data-part=sidebar]") !== null
}

function hasPopover() {
  return document.querySelector(":popover-open") !== null
}

/** Resolves at the first paint; an empty page needs no renderer before it. */
function whenPainted() {
  return new Promise((resolve) => {
    const look = (list) => {
      if (list.getEntriesByName("first-contentful-paint").length > 0) resolve()
    }
    new PerformanceObserver(look).observe({ type: "paint", buffered: true })
  })
}

// In place: what is open may be the new owner's, too, if the former one has been merged into it.
const startOver = () => location.reload()
watchOwner(state.owner, (owner) => (owner ? startOver() : api.leave()))
connection.on("otherOwner", startOver)
state.on("problem", (error) => toasts.show(error.message))
state.local.on("full", () => toasts.show(t("storageFull")))
reconnectOnWake(connection, sync)
closeAtBack({ cover: (close) => router.cover(close) })
trackOnScreenKeyboard(document.documentElement)
window.addEventListener("pagehide", () => drafts.flush())
document.addEventListener("visibilitychange", () => {
  if (document.hidden) drafts.flush()
})
document.addEventListener("keydown", (event) => shortcuts.keydown(event))
document.addEventListener("keydown", (event) => typeToFocus.keydown(event))

main.show(router.id)
if (router.id) preloadRenderer()
else whenPainted().then(preloadRenderer)
state.start({ isShell: boot.offline })
main.restore()
if (state.hasJoined) toasts.show(t("connected"))
registerServiceWorker()
