import { Shortcut } from "./shortcut.js"

/** @import { SendKeyName } from "./enter_key.js" */

/**
 * All shortcuts, by group, in the order of the dialog. `keys` are alternatives, by `sendKey` where they depend on it.
 * Those that are never bound are handled where the focus is.
 * @type {{ group: string, rows: { name: string, keys: string[] | Record<SendKeyName, string[]> }[] }[]}
 */
export const SHORTCUTS = [
  {
    group: "keysChats",
    rows: [
      { name: "newChat", keys: ["Mod+Shift+O"] },
      { name: "search", keys: ["Mod+K"] },
      { name: "toggleList", keys: ["Mod+Shift+S"] },
      { name: "walkList", keys: ["ArrowUp", "ArrowDown"] },
      { name: "undoLast", keys: ["Mod+Z"] },
      { name: "shortcuts", keys: ["Mod+/"] },
    ],
  },
  {
    group: "keysWriting",
    rows: [
      { name: "focusBox", keys: ["Shift+Escape"] },
      { name: "sendMessage", keys: { enter: ["Enter"], "mod+enter": ["Mod+Enter"] } },
      { name: "newline", keys: { enter: ["Shift+Enter"], "mod+enter": ["Enter"] } },
      { name: "recall", keys: ["ArrowUp"] },
    ],
  },
  {
    group: "keysAnswers",
    rows: [
      { name: "stopAnswer", keys: ["Escape"] },
      { name: "copyLast", keys: ["Mod+Shift+C"] },
      { name: "pageUp", keys: ["PageUp"] },
      { name: "pageDown", keys: ["PageDown"] },
      { name: "toFirst", keys: ["Home"] },
      { name: "toLatest", keys: ["End"] },
    ],
  },
]

/** Runs the handlers of shortcuts, wherever the focus is. */
export class Shortcuts {
  /** @type {{ shortcut: Shortcut, act: (event: any) => unknown }[]} */
  #bindings = []
  #platform
  #busy

  /**
   * While `busy()` (a dialog is open) shortcuts are ignored.
   * @param {{ busy?: () => boolean, platform?: string }} [how]
   */
  constructor({ busy = () => false, platform = undefined } = {}) {
    this.#platform = platform
    this.#busy = busy
  }

  /**
   * Bind handlers by the names of rows. A handler returns false to leave the event to the browser.
   * @param {Record<string, (event: KeyboardEvent & { target: HTMLElement }) => unknown>} handlers
   */
  bind(handlers) {
    this.#bindings = rows()
      .filter(({ name }) => handlers[name])
      .flatMap(({ name, keys }) =>
        /** @type {string[]} */ (keys).map((one) => ({ shortcut: this.#shortcut(one), act: handlers[name] })),
      )
    return this
  }

  /**
   * The first shortcut of a row.
   * @param {string} name
   */
  of(name) {
    return this.#shortcut(rows().find((row) => row.name === name).keys[0])
  }

  /**
   * The groups for the dialog, each row with its shortcuts.
   * @param {SendKeyName} sendKey
   */
  groups(sendKey = "enter") {
    const keysOf = ({ keys }) => (Array.isArray(keys) ? keys : keys[sendKey])
    return SHORTCUTS.map(({ group, rows: members }) => ({
      group,
      rows: members.map((row) => ({ name: row.name, shortcuts: keysOf(row).map((one) => this.#shortcut(one)) })),
    }))
  }

  /** @param {KeyboardEvent} event */
  keydown(event) {
    if (event.defaultPrevented || this.#busy()) return
    const found = this.#bindings.find(({ shortcut }) => shortcut.matches(event))
    if (found && found.act(event) !== false) event.preventDefault()
  }

  #shortcut(keys) {
    return new Shortcut(keys, this.#platform)
  }
}

function rows() {
  return SHORTCUTS.flatMap(({ rows: members }) => members)
}
