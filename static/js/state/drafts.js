import { Emitter } from "../base/emitter.js"

const PREFIX = "chatapp.draft."
const LATER_MS = 100

/**
 * What was typed and not sent, by conversation (null: a new one), in all tabs of the browser.
 *
 * A tab keeps what its person typed under a key of its own; the others follow it, and whoever goes on typing there
 * takes it over. What one tab tells the others is what it had before and what it has now: a tab follows only where
 * it had the same before, or where the new text begins with its own. Two tabs that typed different things thus keep
 * each their own, over a reload too, and what a closed tab left is found again when nothing newer is there.
 *
 * Emits "changed" (conversation id, text) for what another tab did.
 */
export class Drafts extends Emitter {
  #storage
  #channel
  #tab
  #now
  #later
  #drafts = new Map()
  #unsaved = new Set()
  #waiting = []
  #timer = null

  /** Whether somebody types in this conversation's box this moment; what is told meanwhile waits. */
  busy = () => false

  constructor({ storage, channel, tab, now = Date.now, later = (act) => setTimeout(act, LATER_MS) }) {
    super()
    this.#storage = storage
    this.#channel = channel
    this.#tab = tab
    this.#now = now
    this.#later = later
    channel.addEventListener("message", ({ data }) => this.#hear(data))
  }

  get(conversationId) { return this.#draft(conversationId).text }

  set(conversationId, text) {
    const draft = this.#draft(conversationId)
    if (draft.text === text) return
    draft.text = text
    this.#unsaved.add(conversationId)
    // Writing and telling a long text at every key would be felt.
    if (text === "") this.flush()
    else this.#timer ??= this.#later(() => this.flush())
  }

  /**
   * What was typed for one conversation is for another, behind what is there: a new one has its id now, or one is gone.
   * The other tabs hear first that it left: who moves it too, finds nothing.
   */
  move(from, to) {
    const text = this.get(from)
    if (!text) return
    this.set(from, "")
    this.set(to, [this.get(to), text].filter(Boolean).join("\n"))
    this.flush()
  }

  /** Write what was typed last; the page may go away. */
  flush() {
    clearTimeout(this.#timer)
    this.#timer = null
    const ids = [...this.#unsaved]
    this.#unsaved.clear()
    for (const id of ids) this.#save(id)
  }

  #save(id) {
    const draft = this.#draft(id)
    const { text, told: was, source } = draft
    if (was === text) return
    draft.told = text
    draft.source = this.#key(id)
    if (source && source !== draft.source) this.#storage.removeItem(source)
    this.#write(id, text)
    this.#channel.postMessage({ id, was, text, key: draft.source })
  }

  #write(id, text) {
    if (text) this.#storage.setItem(this.#key(id), JSON.stringify({ at: this.#now(), text }))
    else this.#storage.removeItem(this.#key(id))
  }

  #hear(news) {
    this.#waiting.push(news)
    if (this.#waiting.length === 1) this.#listen()
  }

  /** In order: each of another tab's texts stands on the one before. */
  #listen() {
    while (this.#waiting.length > 0 && !this.busy(this.#waiting[0].id)) this.#take(this.#waiting.shift())
    if (this.#waiting.length > 0) this.#later(() => this.#listen())
  }

  /** Another tab's draft became another. */
  #take({ id, was, text, key }) {
    const draft = this.#draft(id)
    const isOther = draft.text !== was && !text.startsWith(draft.text)
    // Two tabs that came to the same text at once would each leave it to the other to store.
    const isOurs = draft.text === text && draft.source === this.#key(id) && draft.source < key
    if (isOther || isOurs) return this.#keep(id, draft)
    this.#unsaved.delete(id)
    if (draft.source === this.#key(id)) this.#storage.removeItem(draft.source)
    const changed = draft.text !== text
    Object.assign(draft, { text, told: text, source: key })
    if (changed) this.emit("changed", id, text)
  }

  /** It stays as it is here: whoever took it for theirs may have removed it from the storage. */
  #keep(id, draft) {
    draft.source = this.#key(id)
    this.#write(id, draft.text)
  }

  #draft(id) {
    if (!this.#drafts.has(id)) this.#drafts.set(id, this.#kept(id))
    return this.#drafts.get(id)
  }

  /** This tab's own, else the newest. */
  #kept(id) {
    const found = this.#storage.keys(this.#key(id, "")).map((key) => ({ key, ...this.#read(key) }))
      .filter(({ text }) => text).sort((one, other) => other.at - one.at)
    const { key, text } = found.find(({ key }) => key === this.#key(id)) ?? found[0] ?? { key: null, text: "" }
    return { text, told: text, source: key }
  }

  #read(key) {
    try {
      return JSON.parse(this.#storage.getItem(key))
    } catch {
      return null
    }
  }

  #key(id, tab = this.#tab) { return `${PREFIX}${id ?? "new"}/${tab}` }
}
