import { onLayout, runTask } from "../../../static/js/base/scheduling.js"
import { RenderLoop } from "../../../static/js/markdown/render_loop.js"
import { equal, ok, test } from "../harness.js"

const frame = () =>
  new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve))
  })
const frames = async (count) => {
  for (let n = 0; n < count; n += 1) await frame()
}

function busy(ms) {
  for (const end = performance.now() + ms; performance.now() < end; );
}

test("several requests lead to one step per frame", async () => {
  let [steps, shown, counting] = [0, 0, true]
  const count = () => {
    shown += 1
    if (counting) requestAnimationFrame(count)
  }
  requestAnimationFrame(count)
  const loop = new RenderLoop(() => {
    steps += 1
  })
  for (const end = performance.now() + 300; performance.now() < end; ) {
    loop.request()
    await runTask(() => {}, 1)
  }
  counting = false
  ok(steps > 1 && steps <= shown + 1, `${steps} steps in ${shown} frames`)
})

test("the last request is served", async () => {
  let [text, shown] = ["", ""]
  const loop = new RenderLoop(() => {
    shown = text
  })
  for (const word of ["one ", "two ", "three"]) {
    text += word
    loop.request()
    await frame()
  }
  await frames(5)
  equal(shown, "one two three")
})

test("a step is followed by a rest of a multiple of its duration", async () => {
  const times = []
  const loop = new RenderLoop(() => {
    times.push(performance.now())
    busy(20)
    if (times.length < 3) loop.request()
  })
  loop.request()
  while (times.length < 3) await frame()
  ok(times[2] - times[1] >= 90, `${times[2] - times[1]} ms`)
})

test("layout and its followers run in a task of their own", async () => {
  const box = document.body.appendChild(document.createElement("div"))
  const order = []
  const sizes = new ResizeObserver(() => order.push("frame"))
  sizes.observe(box)
  await frames(2)
  order.length = 0
  const measured = Object.getOwnPropertyDescriptor(HTMLElement.prototype, "offsetHeight")
  Object.defineProperty(document.body, "offsetHeight", {
    configurable: true,
    get() {
      order.push("layout")
      return measured.get.call(this)
    },
  })
  onLayout(() => order.push("what follows"))
  const loop = new RenderLoop(() => {
    box.style.height = "50px"
    order.push("step")
    Promise.resolve().then(() => order.push("end of the task"))
  })
  loop.request()
  await frames(3)
  delete document.body.offsetHeight
  sizes.disconnect()
  box.remove()
  equal(order, ["step", "end of the task", "layout", "what follows", "frame"])
})

test("a stopped loop does nothing until the next request", async () => {
  let steps = 0
  const loop = new RenderLoop(() => {
    steps += 1
  })
  loop.request()
  loop.stop()
  await frames(3)
  equal(steps, 0)
  loop.request()
  await frames(3)
  equal(steps, 1)
})

test("a failing step is reported, and the loop goes on", async () => {
  const messages = []
  const record = (event) => {
    event.preventDefault()
    messages.push(event.reason.message)
  }
  addEventListener("unhandledrejection", record)
  let fails = true
  let steps = 0
  const loop = new RenderLoop(() => {
    if (fails) throw new Error("no")
    steps += 1
  })
  loop.request()
  await frames(3)
  fails = false
  loop.request()
  await frames(3)
  removeEventListener("unhandledrejection", record)
  equal([messages, steps], [["no"], 1])
})
