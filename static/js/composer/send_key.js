import { Emitter } from "../base/emitter.js"

/** @import { Translate } from "../base/translator.js" */
/** @import { Preferences } from "../state/preferences.js" */
/** @import { SendKeyName } from "../ui/enter_key.js" */

const APPLE = /Mac|iPhone|iPad/
const TOUCH = "(pointer: coarse) and (hover: none)"

/**
 * The key that sends: "enter" or "mod+enter". On-screen keyboards have no Shift+Enter, so there Enter inserts a newline
 * unless chosen otherwise. Emits "changed".
 * @extends {Emitter<{ changed: [] }>}
 */
export class SendKey extends Emitter {
  #preferences
  #touch
  #apple

  /** @param {{ preferences: Preferences, touch?: MediaQueryList, platform?: string }} parts */
  constructor({
    preferences,
    touch = matchMedia(TOUCH),
    platform = navigator.userAgentData?.platform ?? navigator.platform,
  }) {
    super()
    this.#preferences = preferences
    this.#touch = touch
    this.#apple = APPLE.test(platform)
    preferences.on("changed", (name) => {
      if (name === "sendKey") this.emit("changed")
    })
    touch.addEventListener("change", () => this.emit("changed"))
  }

  /** @returns {SendKeyName} */
  get value() {
    return this.#preferences.sendKey || (this.touch ? "mod+enter" : "enter")
  }
  get touch() {
    return this.#touch.matches
  }

  /** The label of Enter on an on-screen keyboard. */
  get hint() {
    return this.value === "enter" ? "send" : "enter"
  }

  /**
   * The hint for the user; none for on-screen keyboards.
   * @param {Translate} t
   */
  sentence(t) {
    if (this.touch) return "" // The Enter key is labelled.
    return this.value === "enter" ? t("keysEnter") : t("keysMod", { mod: this.#apple ? "⌘" : "Ctrl+" })
  }
}
