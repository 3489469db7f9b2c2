import { announceArrival } from "../base/arrival.js"
import { SafeStorage } from "../base/storage.js"
import { Api } from "../net/api.js"
import { Clipboard } from "../ui/clipboard.js"
import { ConnectDialog } from "./connect_dialog.js"
import { DevicesDialog } from "./devices_dialog.js"
import { DropZone } from "./drop_zone.js"
import { ImportDialog } from "./import_dialog.js"
import { Importer } from "./importer.js"
import { JoinDialog } from "./join_dialog.js"
import { SignOutDialog } from "./sign_out_dialog.js"

/** @import { Page } from "../app.js" */
/** @import { ConversationList } from "../state/conversation_list.js" */
/** @import { Outbox } from "../state/outbox.js" */
/** @import { Router } from "../state/router.js" */
/** @import { MenuEntry } from "../ui/menu.js" */

/** The menu at the foot of the list: export, import, session, cache. */
export class PageMenu {
  #api
  #toasts
  #t
  #format
  /** @type {HTMLInputElement} */
  #chooser
  #importer
  #connect
  #join
  #devices
  #signOut
  #otherTabs = new BroadcastChannel("chatapp.session")

  /**
   * `left` is called once this browser is signed out; `closeDrawer` uncovers the conversation on phones.
   * @param {Pick<Page, "toasts" | "t" | "format" | "findPart"> & { api: Api, list: ConversationList, outbox: Outbox,
   *   router: Router, left: () => void, closeDrawer: () => void }} parts
   */
  constructor({ api, list, outbox, router, left, closeDrawer, toasts, t, format, findPart }) {
    this.#api = api
    this.#toasts = toasts
    this.#t = t
    this.#format = format
    this.#chooser = findPart("import")
    this.#importer = new Importer({
      api,
      toasts,
      t,
      format,
      dialog: new ImportDialog({ root: findPart("untaken"), t, format }),
      begins: closeDrawer,
      open: (id) => router.go(id),
    })
    this.#connect = new ConnectDialog({
      root: findPart("connect"),
      api,
      clipboard: (failed) => new Clipboard(failed),
      t,
      format,
      conversationId: () => router.id,
    })
    this.#join = new JoinDialog({
      root: findPart("join"),
      api,
      list,
      outbox,
      t,
      format,
      joined: (merges) => this.#joined(merges),
    })
    this.#devices = new DevicesDialog({ root: findPart("devices"), api, t, format })
    this.#signOut = new SignOutDialog({ root: findPart("sign-out"), api, list, outbox, t, left })
    new DropZone({
      overlay: findPart("drop"),
      text: t("dropHere"),
      dropped: (files) => this.#importer.take(files),
      unreadable: () => toasts.show(t("importUnreadable")),
    })
    this.#chooser.addEventListener("change", () => this.#chosen())
    this.#otherTabs.addEventListener("message", ({ data }) => (data === "merged" ? location.reload() : startOver()))
  }

  /** @returns {(MenuEntry | null)[]} */
  get menuEntries() {
    return [
      { name: "exportAllMd", icon: "export", href: Api.exportOf("md") },
      { name: "exportAllJson", icon: "export", href: Api.exportOf("json") },
      { name: "import", icon: "import", act: () => this.#chooser.click() },
      null,
      { name: "connect", icon: "connect", act: () => this.#connect.open() },
      { name: "join", icon: "join", act: () => this.#join.open() },
      { name: "devices", icon: "devices", act: () => this.#devices.open() },
      { name: "signOut", icon: "signOut", act: () => this.#signOut.open() },
      null,
      { name: "forget", icon: "forget", act: () => this.#forget() },
    ]
  }

  #chosen() {
    this.#importer.take([...this.#chooser.files])
    this.#chooser.value = "" // Allows choosing the same file again.
  }

  async #forget() {
    try {
      const { removed } = await this.#api.forgetAnswers()
      const key = removed > 0 ? "forgotten" : "forgottenNone"
      this.#toasts.show(this.#t(key, { n: this.#format.number(removed) }))
    } catch (error) {
      this.#toasts.show(error.message)
    }
  }

  /**
   * The cookie of the new session applies to all tabs.
   * @param {boolean} merges whether what is open in them comes along
   */
  #joined(merges) {
    this.#otherTabs.postMessage(merges ? "merged" : "joined")
    announceArrival(new SafeStorage(() => globalThis.sessionStorage))
    startOver()
  }
}

/** Reload: nothing shown belongs to the new session. */
function startOver() {
  location.assign("/")
}
