/**
 * Tell the styles how wide the thread is, for what may reach beyond the width of the text. A container query tells it,
 * too, but then the browser computes styles during layout: half as much again of the main thread's time for each word
 * of a table.
 * @param {HTMLElement} thread
 */
export function measureRoom(thread) {
  const observer = new ResizeObserver(([{ contentRect }]) => {
    thread.style.setProperty("--room", `${contentRect.width}px`)
  })
  observer.observe(thread)
}
