/**
 * What a keydown in a text box means: "send", "newline", "cancel" or null. `sendKey` is "enter", or "mod+enter" where
 * a plain Enter breaks the line; with Ctrl or ⌘ it sends in any case.
 * While Hangul (or any other script) is composed, Enter only ends the composition. Safari ends it before the
 * keydown and then tells only by keyCode 229.
 */
export function keyAction(event, sendKey = "enter") {
  if (event.isComposing || event.keyCode === 229) return null
  if (event.key === "Escape") return event.shiftKey ? null : "cancel"
  if (event.key !== "Enter") return null
  if (event.ctrlKey || event.metaKey) return "send"
  return event.shiftKey || event.altKey || sendKey !== "enter" ? "newline" : "send"
}
