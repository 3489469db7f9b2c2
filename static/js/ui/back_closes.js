/** A phone, also on its side, and a window at 200 %: as in the style sheets, where the list is a drawer. */
export const NARROW = "(max-width: 60rem), (max-height: 30rem)"

/**
 * In narrow windows, Back closes dialogs, menus and sheets before it leaves the page.
 * @param {{ cover: (close: () => void) => () => void, narrow?: MediaQueryList }} parts
 */
export function closeAtBack({ cover, narrow = matchMedia(NARROW) }) {
  /** @type {Map<HTMLElement, () => void>} */
  const opened = new Map()
  const toggled = (/** @type {ToggleEvent} */ { target, newState }) => {
    const element = /** @type {HTMLElement} */ (target)
    if (!element.matches("dialog, [popover]")) return
    opened.get(element)?.()
    opened.delete(element)
    if (newState === "open" && narrow.matches)
      opened.set(
        element,
        cover(() => close(element)),
      )
  }
  document.addEventListener("toggle", toggled, true) // It does not bubble.
}

/** @param {HTMLElement} element */
function close(element) {
  if (element instanceof HTMLDialogElement) element.close()
  else element.hidePopover()
}
