/**
 * Run a change of an element's content. If it removes the focused element, focus the scroll container, so that Tab
 * continues nearby.
 * @param {HTMLElement} root
 * @param {() => void} change
 */
export function catchLostFocus(root, change) {
  const wasInside = root.contains(document.activeElement)
  change()
  if (wasInside && document.activeElement === document.body) root.closest("[tabindex]")?.focus({ preventScroll: true })
}

/**
 * Run a change that replaces `before` by `elements` in a root. If it removes the focused control, focus the same
 * control of the element now in its place.
 * @param {HTMLElement} root
 * @param {HTMLElement[]} before
 * @param {HTMLElement[]} elements
 * @param {() => void} change
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

/** The test ids of a control and its neighbours, as the control may be disabled. */
function namesAround(control) {
  const group = [...control.parentElement.querySelectorAll(":scope > button")]
  return [control, ...group].map(({ dataset }) => dataset.testid).filter(Boolean)
}
