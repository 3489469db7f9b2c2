/**
 * What a keydown in a text box means: "send", "newline", "cancel" or null.
 * While Hangul (or any other script) is composed, Enter only ends the composition. Safari ends it before the
 * keydown and then tells only by keyCode 229.
 */
export function meaning(event) {
  if (event.isComposing || event.keyCode === 229) return null
  if (event.key === "Escape") return "cancel"
  if (event.key !== "Enter") return null
  return event.shiftKey || event.altKey ? "newline" : "send"
}
