import { Announcer } from "./ui/announcer.js"
import { Api } from "./net/api.js"
import { prepareBodies } from "./thread/message/body_view.js"
import { Clipboard } from "./ui/clipboard.js"
import { Format } from "./base/format.js"
import { keepAtHand } from "./net/service_worker_registration.js"
import { keepAboveKeyboard } from "./ui/on_screen_keyboard.js"
import { LengthLimit } from "./composer/length_limit.js"
import { ListPane } from "./sidebar/list_pane.js"
import { MainPane } from "./main_pane.js"
import { Menu } from "./ui/menu.js"
import { SendKey } from "./composer/send_key.js"
import { Theme } from "./ui/theme.js"
import { Shortcuts } from "./ui/shortcuts.js"
import { ShortcutsSheet } from "./ui/shortcuts_dialog.js"
import { StrayKeys } from "./ui/type_to_focus.js"
import { strings } from "./base/translator.js"
import { TabState } from "./state/tab_state.js"
import { ThreadKeys } from "./thread/scroll/thread_keys.js"
import { Toasts } from "./ui/toasts.js"
import { wake } from "./net/reconnect_on_wake.js"

const part = (name) => document.querySelector(`[data-part=${name}]`)
const boot = JSON.parse(document.getElementById("boot").textContent)
const locale = document.documentElement.lang
const t = strings(boot.texts, locale)
const format = new Format(locale, t)

const state = new TabState({ api: new Api({ t }) })
const { preferences, router, conversation, connection, sync, drafts } = state
new Theme({ preferences })

const toasts = new Toasts({ root: part("toasts"), t })
const sendKey = new SendKey({ preferences })
const hasDialog = () => document.querySelector("dialog[open]") !== null
const shortcuts = new Shortcuts({ busy: hasDialog })
const sheet = new ShortcutsSheet({ root: part("shortcuts"), t, shortcuts, sendKey: () => sendKey.value })
const page = {
  part, boot, locale, t, format, toasts, sendKey, shortcuts, sheet,
  length: new LengthLimit({ limit: boot.limits.content_characters, t, format }),
  clipboard: new Clipboard(() => toasts.show(t("copyFailed"))),
  menu: new Menu({ root: part("popup"), t }),
  announcer: new Announcer({ element: part("announcer"), t, conversation, preferences }),
}
const main = new MainPane({ state, page })
const list = new ListPane({ state, page, main })
const threadKeys = new ThreadKeys(part("thread"))
const strayKeys = new StrayKeys({ busy: () => hasDialog() || hasPopover(), write: () => main.write() })

shortcuts.does({
  newChat: () => list.go(null),
  search: () => list.find(),
  toggleList: () => list.toggle(),
  undoLast: ({ target }) => !target.matches("input, textarea") && toasts.undo(),
  shortcuts: () => sheet.open(),
  focusBox: () => { list.closeDrawer(); main.write() },
  stopAnswer: ({ target }) => !isOver(target) && main.stop(),
  copyLast: () => { main.copyLast() },
  pageUp: (event) => threadKeys.pageUp(event),
  pageDown: (event) => threadKeys.pageDown(event),
  toFirst: (event) => threadKeys.toFirst(event),
  toLatest: (event) => threadKeys.toLatest(event),
})

/** Whether something lies over the page that Esc closes first. */
function isOver(target) {
  return hasPopover() || target.closest("[data-part=sidebar]") !== null
}

function hasPopover() { return document.querySelector(":popover-open") !== null }

/** Resolves once something of the page is on the screen: the empty one needs nothing that renders answers. */
function painted() {
  return new Promise((resolve) => {
    const look = (list) => { if (list.getEntriesByName("first-contentful-paint").length > 0) resolve() }
    new PerformanceObserver(look).observe({ type: "paint", buffered: true })
  })
}

state.on("problem", (error) => toasts.show(error.message))
state.local.on("full", () => toasts.show(t("storageFull")))
wake(connection, sync)
keepAboveKeyboard(document.documentElement)
window.addEventListener("pagehide", () => drafts.flush())
document.addEventListener("visibilitychange", () => { if (document.hidden) drafts.flush() })
document.addEventListener("keydown", (event) => shortcuts.keydown(event))
document.addEventListener("keydown", (event) => strayKeys.keydown(event))

main.show(router.id)
if (router.id) prepareBodies()
else painted().then(prepareBodies)
state.start({ isShell: boot.offline })
main.restore()
keepAtHand()
