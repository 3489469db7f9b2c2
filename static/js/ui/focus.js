/**
 * Run a change of what stands in an element. Focus that went with what had it goes to what holds all of it, to be
 * scrolled, so that the next Tab goes on from about there.
 */
export function catchLostFocus(root, change) {
  const wasInside = root.contains(document.activeElement)
  change()
  if (wasInside && document.activeElement === document.body) root.closest("[tabindex]")?.focus({ preventScroll: true })
}

/**
 * Run a change of elements in a root, after which there are other `elements`. Focus that would be lost passes to the
 * same control of what took the place of its element.
 */
export function passOnFocus(root, before, elements, change) {
  const { activeElement: active } = document
  const at = root.contains(active) ? before.findIndex((element) => element.contains(active)) : -1
  const names = at < 0 ? [] : namesAround(active)
  change()
  if (at < 0 || root.contains(document.activeElement)) return
  const controls = names.map((name) => elements[at]?.querySelector(`[data-testid="${name}"]:not(:disabled)`))
  const target = controls.find(Boolean) ?? root.closest("[tabindex]")
  target?.focus({ preventScroll: true })
}

/** A control's name, and those of its neighbours: one may have nothing more to do. */
function namesAround(control) {
  const group = [...control.parentElement.querySelectorAll(":scope > button")]
  return [control, ...group].map(({ dataset }) => dataset.testid).filter(Boolean)
}
