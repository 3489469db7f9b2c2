/**
 * Run a change of what stands in an element. Focus that went with what had it goes to what holds all of it, to be
 * scrolled, so that the next Tab goes on from about there.
 */
export function keepingFocus(root, change) {
  const wasInside = root.contains(document.activeElement)
  change()
  if (wasInside && document.activeElement === document.body) root.closest("[tabindex]")?.focus({ preventScroll: true })
}
