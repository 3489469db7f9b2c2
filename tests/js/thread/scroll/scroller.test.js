import { layOut } from "../../../../static/js/base/scheduling.js"
import { Scroller } from "../../../../static/js/thread/scroll/scroller.js"
import { equal, ok, seeded, test } from "../../harness.js"

/** A thread of 400 pixels with a text of `height`, followed to its end. */
async function followed(height = 2000) {
  document.body.replaceChildren()
  const element = document.body.appendChild(document.createElement("section"))
  Object.assign(element.style, { height: "400px", overflowY: "auto", overflowAnchor: "none" })
  const column = element.appendChild(document.createElement("div"))
  const content = column.appendChild(document.createElement("div"))
  const text = content.appendChild(document.createElement("div"))
  const thread = {
    element,
    lost: 0,
    grow: (by) => Object.assign(text.style, { height: `${text.offsetHeight + by}px` }),
    rest: () => element.scrollHeight - element.scrollTop - element.clientHeight,
  }
  text.style.height = `${height}px`
  thread.scroller = new Scroller({ element, content, changed: (following) => (thread.lost += following ? 0 : 1) })
  await framed()
  equal(thread.rest(), 0)
  return thread
}

/** Two frames, with what they dispatch. */
const framed = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))

const wheelUp = (element) => element.dispatchEvent(new WheelEvent("wheel", { deltaY: -10, bubbles: true }))

function expectFollowing({ scroller, lost, rest }) {
  ok(scroller.following, "the end is no longer followed")
  equal([lost, rest()], [0, 0])
}

test("a fold does not end following, though more text comes before the scroll event", async () => {
  const thread = await followed()
  thread.grow(-200)
  void thread.element.scrollTop // Lays out: the browser corrects the position.
  thread.grow(120)
  await framed()
  expectFollowing(thread)
})

test("more room for the thread does not end following, though more text than that comes before the scroll event", async () => {
  for (const grown of [30, 80, 300]) {
    const thread = await followed()
    thread.element.style.height = "480px" // As when a row of the dock goes.
    void thread.element.scrollTop
    thread.grow(grown)
    await layOut()
    await framed()
    expectFollowing(thread)
  }
})

test("what is laid out while an element beside the thread changes does not end following", async () => {
  const box = document.createElement("textarea")
  const changes = {
    "an editor in place of a row": (dock) => dock.append("editor"),
    "a pasted text": () => box.dispatchEvent(new InputEvent("input", { bubbles: true })),
  }
  for (const [name, change] of Object.entries(changes)) {
    const thread = await followed()
    const dock = document.body.appendChild(document.createElement("div"))
    dock.append(box)
    thread.scroller.keepBeside(dock)
    change(dock)
    for (const height of ["440px", "330px"]) {
      thread.element.style.height = height
      void thread.element.scrollTop
    }
    await framed()
    expectFollowing(thread)
    thread.element.scrollTop -= 100
    await framed()
    equal([thread.scroller.following, thread.rest()], [false, 100], name)
  }
})

test("who leaves the end by more than the new room has left it", async () => {
  const thread = await followed()
  thread.element.style.height = "480px"
  thread.element.scrollTop -= 300
  await framed()
  equal([thread.scroller.following, thread.rest()], [false, 300])
})

test("whatever shrinks, grows and is laid out in between, nobody has scrolled", async () => {
  const next = seeded(20261130)
  const thread = await followed()
  for (let step = 0; step < 60; step += 1) {
    const shrunk = next(250)
    thread.grow(-shrunk)
    if (next(2)) void thread.element.scrollTop
    if (next(2)) await layOut()
    thread.grow(next(shrunk))
    await layOut() // As after each step of rendering.
    if (next(3) === 0) thread.grow(next(900))
    await framed()
    expectFollowing(thread)
  }
})

test("who scrolls up while the text shrinks leaves the end", async () => {
  const thread = await followed()
  wheelUp(thread.element)
  thread.grow(-30)
  thread.element.scrollTop -= 60
  thread.grow(10)
  await framed()
  equal([thread.scroller.following, thread.rest()], [false, 70])
})

test("a wheel within a frame's time after a fold still leaves the end", async () => {
  const thread = await followed()
  thread.grow(-100)
  await framed()
  wheelUp(thread.element)
  thread.element.scrollTop -= 6
  await framed()
  equal([thread.scroller.following, thread.rest()], [false, 6])
})

test("a jump of find-in-page leaves the end, also while the text shrinks", async () => {
  for (const shrunk of [0, 150]) {
    const thread = await followed()
    thread.element.scrollTop = 300
    thread.grow(-shrunk)
    await framed()
    equal([thread.scroller.following, thread.element.scrollTop], [false, 300])
  }
})

test("a finger that rests keeps the text where it is, and a fold below it does not end following", async () => {
  const thread = await followed()
  const touches = (...list) =>
    list.map((name) => new Touch({ identifier: 1, target: thread.element, clientX: 5, clientY: 5, pageX: name }))
  const touch = (name, all) => thread.element.dispatchEvent(new TouchEvent(name, { touches: all, bubbles: true }))
  touch("touchstart", touches(1))
  thread.grow(-200)
  void thread.element.scrollTop
  thread.grow(120)
  await framed()
  equal([thread.scroller.following, thread.rest()], [true, 120])
  touch("touchend", [])
  await framed()
  expectFollowing(thread)
})

test("a pixel that rounding takes does not end following, one of a wheel does", async () => {
  for (const wheels of [false, true]) {
    const thread = await followed()
    if (wheels) wheelUp(thread.element)
    thread.element.scrollTop -= 1
    await framed()
    equal(thread.scroller.following, !wheels)
    thread.grow(16)
    await framed()
    equal(thread.rest(), wheels ? 17 : 0)
  }
})

test("what was scrolled before another conversation was opened does not count", async () => {
  const thread = await followed()
  wheelUp(thread.element)
  thread.scroller.follow()
  thread.element.scrollTop -= 1
  thread.grow(16)
  await framed()
  expectFollowing(thread)
})
