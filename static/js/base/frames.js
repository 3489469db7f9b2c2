/**
 * What comes while an answer streams is shown in three tasks instead of one: the change, the layout, and, in the frame,
 * the painting. Between them the browser sees to the reader.
 */

/** A hidden page makes no frames, but find-in-page and screen readers' copies should not be far behind. */
const HIDDEN_MS = 200
const followers = []

/** Act in a task of its own, after a wait; resolves to how long the act took. All times are in milliseconds. */
export function inTask(act, wait = 0) {
  const timed = () => {
    const before = performance.now()
    act()
    return performance.now() - before
  }
  const { scheduler } = globalThis
  if (scheduler?.postTask) return scheduler.postTask(timed, { priority: "user-blocking", delay: Math.max(0, wait) })
  return new Promise((resolve) => { setTimeout(() => resolve(timed()), wait) })
}

/** Lay out what was changed and let it be painted; resolves to how long each took. */
export async function shown() { return { layout: await laidOut(), frame: await framed() } }

/** Lay out what was changed; resolves to how long it took. Asked of the whole page, what is out of sight is left out. */
export function laidOut() {
  return inTask(() => {
    void document.body.offsetHeight
    for (const act of followers) act()
  })
}

/** Act after each such layout: what follows from it, as where the page is scrolled to, costs the frame no second look. */
export function afterLayout(act) { followers.push(act) }

/** Resolves after the next frame to its length, or, where none is made, after a while. */
function framed() {
  return new Promise((resolve) => {
    const frame = requestAnimationFrame(() => {
      clearTimeout(late)
      const before = performance.now()
      setTimeout(() => resolve(performance.now() - before))
    })
    const late = setTimeout(() => {
      cancelAnimationFrame(frame)
      resolve(0)
    }, HIDDEN_MS)
  })
}
