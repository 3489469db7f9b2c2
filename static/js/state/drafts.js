import { Emitter } from "../base/emitter.js"

/** @import { OwnerStorage } from "../base/owner_storage.js" */

const PREFIX = "chatapp.draft."
const LATER_MS = 100

/**
 * Unsent texts by conversation (null: a new one), shared by all tabs of the browser.
 *
 * Each tab stores the draft typed in it under its own key, and broadcasts the text before and after each change.
 * Another tab follows if it had the text before, or if the new text begins with its own. Different texts in two tabs
 * thus stay separate, over reloads too; a draft of a closed tab is found if there is none newer.
 *
 * Emits "changed" (conversation id, text) for changes of other tabs.
 * @extends {Emitter<{ changed: [string | null, string] }>}
 */
export class Drafts extends Emitter {
  #storage
  #channel
  #tab
  #now
  #later
  /** @type {Map<string | null, { text: string, broadcast: string, source: string | null }>} */
  #drafts = new Map()
  /** @type {Set<string | null>} */
  #unsaved = new Set()
  /** @type {{ id: string | null, was: string, text: string, key: string }[]} */
  #waiting = []
  #timer = null

  /**
   * Whether the user is typing for this conversation; changes of other tabs wait meanwhile.
   * @type {(conversationId: string | null) => boolean}
   */
  busy = () => false

  /**
   * `tab` is this tab's id.
   * @param {{ storage: OwnerStorage, channel: BroadcastChannel, tab: string, now?: () => number,
   *   later?: (act: () => void) => any }} parts
   */
  constructor({ storage, channel, tab, now = Date.now, later = (act) => setTimeout(act, LATER_MS) }) {
    super()
    this.#storage = storage
    this.#channel = channel
    this.#tab = tab
    this.#now = now
    this.#later = later
    channel.addEventListener("message", ({ data }) => this.#onMessage(data))
  }

  /** @param {string | null} conversationId */
  get(conversationId) {
    return this.#draft(conversationId).text
  }

  /**
   * @param {string | null} conversationId
   * @param {string} text
   */
  set(conversationId, text) {
    const draft = this.#draft(conversationId)
    if (draft.text === text) return
    draft.text = text
    this.#unsaved.add(conversationId)
    // Saving a long text at every keystroke would be slow.
    if (text === "") this.flush()
    else this.#timer ??= this.#later(() => this.flush())
  }

  /**
   * Append a draft to that of another conversation: a new one got its id, or one was deleted. Other tabs hear of the
   * removal first, so none of them moves it too.
   * @param {string | null} from
   * @param {string | null} to
   */
  move(from, to) {
    const text = this.get(from)
    if (!text) return
    this.set(from, "")
    this.set(to, [this.get(to), text].filter(Boolean).join("\n"))
    this.flush()
  }

  /** Save pending drafts; the page may be closed. */
  flush() {
    clearTimeout(this.#timer)
    this.#timer = null
    const ids = [...this.#unsaved]
    this.#unsaved.clear()
    for (const id of ids) this.#save(id)
  }

  #save(id) {
    const draft = this.#draft(id)
    const { text, broadcast: was, source } = draft
    if (was === text) return
    draft.broadcast = text
    draft.source = this.#key(id)
    if (source && source !== draft.source) this.#storage.removeItem(source)
    this.#write(id, text)
    this.#channel.postMessage({ id, was, text, key: draft.source })
  }

  #write(id, text) {
    if (text) this.#storage.setItem(this.#key(id), JSON.stringify({ at: this.#now(), text }))
    else this.#storage.removeItem(this.#key(id))
  }

  #onMessage(news) {
    this.#waiting.push(news)
    if (this.#waiting.length === 1) this.#applyWaiting()
  }

  /** In order, as each change builds on the one before. */
  #applyWaiting() {
    while (this.#waiting.length > 0 && !this.busy(this.#waiting[0].id)) this.#follow(this.#waiting.shift())
    if (this.#waiting.length > 0) this.#later(() => this.#applyWaiting())
  }

  /** Another tab changed its draft. */
  #follow({ id, was, text, key }) {
    const draft = this.#draft(id)
    const isOther = draft.text !== was && !text.startsWith(draft.text)
    // If two tabs reach the same text, the smaller key keeps it stored.
    const isOurs = draft.text === text && draft.source === this.#key(id) && draft.source < key
    if (isOther || isOurs) return this.#storeAgain(id, draft)
    this.#unsaved.delete(id)
    if (draft.source === this.#key(id)) this.#storage.removeItem(draft.source)
    const changed = draft.text !== text
    Object.assign(draft, { text, broadcast: text, source: key })
    if (changed) this.emit("changed", id, text)
  }

  /** Store it again: the other tab may have removed it. */
  #storeAgain(id, draft) {
    draft.source = this.#key(id)
    this.#write(id, draft.text)
  }

  #draft(id) {
    if (!this.#drafts.has(id)) this.#drafts.set(id, this.#load(id))
    return this.#drafts.get(id)
  }

  /** This tab's draft, else the newest. */
  #load(id) {
    const found = this.#storage
      .keys(this.#key(id, ""))
      .map((key) => ({ key, ...this.#read(key) }))
      .filter(({ text }) => text)
      .sort((one, other) => other.at - one.at)
    const { key, text } = found.find(({ key }) => key === this.#key(id)) ?? found[0] ?? { key: null, text: "" }
    return { text, broadcast: text, source: key }
  }

  #read(key) {
    try {
      return JSON.parse(this.#storage.getItem(key))
    } catch {
      return null
    }
  }

  #key(id, tab = this.#tab) {
    return `${PREFIX}${id ?? "new"}/${tab}`
  }
}
