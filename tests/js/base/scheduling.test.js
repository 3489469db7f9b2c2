import { IdleWork, layOut, layOutAndPaint, onLayout } from "../../../static/js/base/scheduling.js"
import { equal, ok, test } from "../harness.js"

test("idle work runs in slices and is started only once", () => {
  const queue = []
  let done = 0
  const work = () => {
    const end = performance.now() + 3
    while (performance.now() < end);
    done += 1
    return done < 20
  }
  const idle = new IdleWork(work, { later: (act) => queue.push(act) })
  idle.start()
  idle.start()
  equal(queue.length, 1)
  let rounds = 0
  while (queue.length > 0) {
    queue.shift()()
    rounds += 1
  }
  equal(done, 20)
  ok(rounds > 3, `${rounds} slices`)
})

/** Count layouts that are forced while the page is hidden, and after it is shown. */
async function whileHidden(act) {
  const counts = { forced: 0, followed: 0 }
  const height = Object.getOwnPropertyDescriptor(HTMLElement.prototype, "offsetHeight")
  const get = function () {
    counts.forced += 1
    return height.get.call(this)
  }
  Object.defineProperty(HTMLElement.prototype, "offsetHeight", { ...height, get })
  onLayout(() => {
    counts.followed += 1
  })
  try {
    Object.defineProperty(document, "hidden", { value: true, configurable: true })
    await act()
    const hidden = { ...counts }
    document.dispatchEvent(new Event("visibilitychange"))
    const still = { ...counts }
    delete document.hidden
    document.dispatchEvent(new Event("visibilitychange"))
    document.dispatchEvent(new Event("visibilitychange"))
    return { hidden, still, shown: { ...counts } }
  } finally {
    delete document.hidden
    Object.defineProperty(HTMLElement.prototype, "offsetHeight", height)
  }
}

test("a hidden page is not laid out, and once when it is shown", async () => {
  const none = { forced: 0, followed: 0 }
  const many = await whileHidden(async () => {
    for (let n = 0; n < 3; n += 1) await layOutAndPaint()
    await layOut()
  })
  equal(many, { hidden: none, still: none, shown: { forced: 1, followed: 1 } })
  const nothing = await whileHidden(async () => {})
  equal(nothing.shown, none)
})

test("a page that is shown is laid out at once", async () => {
  let followed = 0
  onLayout(() => {
    followed += 1
  })
  await layOut()
  equal(followed, 1)
})
