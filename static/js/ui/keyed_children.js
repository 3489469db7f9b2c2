/**
 * Give a root these children in this order. What stays is not taken out and put back: it keeps its focus, its
 * selection and its remembered size.
 */
export function arrange(root, children) {
  const wanted = new Set(children)
  for (const child of [...root.children]) if (!wanted.has(child)) child.remove()
  let next = root.firstElementChild
  for (const child of children) {
    if (child === next) next = next.nextElementSibling
    else root.insertBefore(child, next)
  }
}

/**
 * Run a change of elements in a root, after which there are other `elements`. Focus that would be lost passes to the
 * same control of what took the place of its element.
 */
export function keepingFocus(root, before, elements, change) {
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
