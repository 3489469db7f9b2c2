import { Emitter } from "../base/emitter.js"

const APPLE = /Mac|iPhone|iPad/
const TOUCH = "(pointer: coarse) and (hover: none)"

/**
 * Which key sends: "enter" or "mod+enter". A keyboard on the glass has no Shift+Enter, so there Enter breaks the
 * line, as phones have it everywhere, and the button sends, unless one chose otherwise. Emits "changed".
 */
export class SendKey extends Emitter {
  #preferences
  #touch
  #apple

  constructor({ preferences, touch = matchMedia(TOUCH), platform = navigator.userAgentData?.platform ?? navigator.platform }) {
    super()
    this.#preferences = preferences
    this.#touch = touch
    this.#apple = APPLE.test(platform)
    preferences.on("changed", (name) => { if (name === "sendKey") this.emit("changed") })
    touch.addEventListener("change", () => this.emit("changed"))
  }

  get value() { return this.#preferences.sendKey || (this.touch ? "mod+enter" : "enter") }
  get touch() { return this.#touch.matches }

  /** What a keyboard on the glass writes on its Enter key. */
  get hint() { return this.value === "enter" ? "send" : "enter" }

  /** The sentence about it, by `t`; none where there is but a button to press. */
  sentence(t) {
    if (this.touch) return "" // Its Enter key says itself what it does.
    return this.value === "enter" ? t("keysEnter") : t("keysMod", { mod: this.#apple ? "⌘" : "Ctrl+" })
  }
}
