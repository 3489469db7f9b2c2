const SLACK = 60

/**
 * Tell the styles how much of the window a keyboard on the glass covers, as `--keyboard`. Where the browser makes the
 * page smaller by itself (base.html asks for it) that is nothing; Safari lays the keyboard over the page, and scrolls.
 */
export function trackOnScreenKeyboard(root, { window = globalThis.window, viewport = window.visualViewport } = {}) {
  if (!viewport) return
  const measure = () => {
    const covered = viewport.scale > 1 ? 0 : Math.round(window.innerHeight - viewport.height)
    const isKeyboard = covered > SLACK // Less is a bar of the browser that comes or goes.
    root.style.setProperty("--keyboard", isKeyboard ? `${covered}px` : "0px")
    if (isKeyboard && viewport.offsetTop > 0) window.scrollTo(0, 0)
  }
  viewport.addEventListener("resize", measure)
  viewport.addEventListener("scroll", measure)
}
