const SLACK = 60

/**
 * Set `--keyboard` to the height that an on-screen keyboard covers. It is 0 where the browser resizes the page (see
 * base.html); Safari overlays the keyboard and scrolls.
 * @param {HTMLElement} root
 */
export function trackOnScreenKeyboard(root, { window = globalThis.window, viewport = window.visualViewport } = {}) {
  if (!viewport) return
  const measure = () => {
    const covered = viewport.scale > 1 ? 0 : Math.round(window.innerHeight - viewport.height)
    const isKeyboard = covered > SLACK // Less is a browser toolbar.
    root.style.setProperty("--keyboard", isKeyboard ? `${covered}px` : "0px")
    if (isKeyboard && viewport.offsetTop > 0) window.scrollTo(0, 0)
  }
  viewport.addEventListener("resize", measure)
  viewport.addEventListener("scroll", measure)
}
