/**
 * What a keydown in a text box does: "send", "newline", "cancel" or null. `sendKey` is "enter" or "mod+enter";
 * Ctrl+Enter and ⌘+Enter always send.
 * During composition (Hangul) Enter only ends the composition. Safari ends it before the keydown, which then has
 * keyCode 229.
 */
export function keyAction(event, sendKey = "enter") {
  if (event.isComposing || event.keyCode === 229) return null
  if (event.key === "Escape") return event.shiftKey ? null : "cancel"
  if (event.key !== "Enter") return null
  if (event.ctrlKey || event.metaKey) return "send"
  return event.shiftKey || event.altKey || sendKey !== "enter" ? "newline" : "send"
}
