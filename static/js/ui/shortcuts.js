import { Shortcut } from "./shortcut.js"

/**
 * Every key of the page, by group, in the order in which the sheet tells them. `keys` are alternatives, or for keys
 * that a person chose, alternatives by that choice. What is not bound here is handled where the focus is.
 */
export const SHORTCUTS = [
  { group: "keysChats", rows: [
    { name: "newChat", keys: ["Mod+Shift+O"] },
    { name: "search", keys: ["Mod+K"] },
    { name: "toggleList", keys: ["Mod+Shift+S"] },
    { name: "walkList", keys: ["ArrowUp", "ArrowDown"] },
    { name: "undoLast", keys: ["Mod+Z"] },
    { name: "shortcuts", keys: ["Mod+/"] },
  ] },
  { group: "keysWriting", rows: [
    { name: "focusBox", keys: ["Shift+Escape"] },
    { name: "sendMessage", keys: { "enter": ["Enter"], "mod+enter": ["Mod+Enter"] } },
    { name: "newline", keys: { "enter": ["Shift+Enter"], "mod+enter": ["Enter"] } },
    { name: "recall", keys: ["ArrowUp"] },
  ] },
  { group: "keysAnswers", rows: [
    { name: "stopAnswer", keys: ["Escape"] },
    { name: "copyLast", keys: ["Mod+Shift+C"] },
    { name: "pageUp", keys: ["PageUp"] },
    { name: "pageDown", keys: ["PageDown"] },
    { name: "toFirst", keys: ["Home"] },
    { name: "toLatest", keys: ["End"] },
  ] },
]

/** Runs what is bound to keys, wherever the focus is. */
export class Shortcuts {
  #bindings = []
  #platform
  #busy

  /** While `busy()`, as with a dialog open, no key does anything. */
  constructor({ busy = () => false, platform = undefined } = {}) {
    this.#platform = platform
    this.#busy = busy
  }

  /**
   * From now on do these: functions by the names of rows. They are given the event, and return false where there is
   * nothing to do: the key is left to the browser then.
   */
  bind(handlers) {
    this.#bindings = rows()
      .filter(({ name }) => handlers[name])
      .flatMap(({ name, keys }) => keys.map((one) => ({ shortcut: this.#shortcut(one), act: handlers[name] })))
    return this
  }

  /** The shortcut of a row, to be shown beside its button. */
  of(name) { return this.#shortcut(rows().find((row) => row.name === name).keys[0]) }

  /** The groups for the sheet, each row with its shortcuts; `sendKey` is what a person sends with. */
  groups(sendKey = "enter") {
    const keysOf = ({ keys }) => (Array.isArray(keys) ? keys : keys[sendKey])
    return SHORTCUTS.map(({ group, rows: members }) => ({
      group, rows: members.map((row) => ({ name: row.name, shortcuts: keysOf(row).map((one) => this.#shortcut(one)) })),
    }))
  }

  keydown(event) {
    if (event.defaultPrevented || this.#busy()) return
    const found = this.#bindings.find(({ shortcut }) => shortcut.matches(event))
    if (found && found.act(event) !== false) event.preventDefault()
  }

  #shortcut(keys) { return new Shortcut(keys, this.#platform) }
}

function rows() { return SHORTCUTS.flatMap(({ rows: members }) => members) }
