/** @typedef {"enter" | "mod+enter"} SendKeyName */

/**
 * What a keydown in a text box does; null: nothing of its own. Ctrl+Enter and ⌘+Enter always send.
 * During composition (Hangul) Enter only ends the composition. Safari ends it before the keydown, which then has
 * keyCode 229.
 * @param {KeyboardEvent} event
 * @param {SendKeyName} sendKey
 * @returns {"send" | "newline" | "cancel" | null}
 */
export function keyAction(event, sendKey = "enter") {
  if (event.isComposing || event.keyCode === 229) return null
  if (event.key === "Escape") return event.shiftKey ? null : "cancel"
  if (event.key !== "Enter") return null
  if (event.ctrlKey || event.metaKey) return "send"
  return event.shiftKey || event.altKey || sendKey !== "enter" ? "newline" : "send"
}
