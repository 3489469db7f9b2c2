import { EventDispatcher } from "../../../static/js/net/event_dispatcher.js"
import { equal, settled, test } from "../harness.js"

/** A dispatcher, the events it handed on, and the tasks it started. */
function setUp() {
  const handed = []
  const tasks = []
  const dispatcher = new EventDispatcher(
    (name, payload) => {
      handed.push([name, payload])
      if (payload === "bad") throw new Error("bad")
    },
    { later: (act) => tasks.push(act) },
  )
  return { dispatcher, handed, tasks }
}

test("a long event runs in its own task, and later ones after it", () => {
  const { dispatcher, handed, tasks } = setUp()
  dispatcher.dispatch("token", 1)
  dispatcher.dispatch("generation_ended", 2)
  dispatcher.dispatch("token", 3)
  equal(handed, [["token", 1]])
  tasks.shift()()
  equal(handed, [
    ["token", 1],
    ["generation_ended", 2],
  ])
  dispatcher.dispatch("token", 4)
  tasks.shift()()
  dispatcher.dispatch("token", 5) // One is waiting still.
  tasks.shift()()
  tasks.shift()()
  dispatcher.dispatch("token", 6)
  equal([handed.map(([, number]) => number), tasks], [[1, 2, 3, 4, 5, 6], []])
})

test("a failing handler does not block later events", () => {
  const { dispatcher, handed, tasks } = setUp()
  dispatcher.dispatch("generation_ended", "bad")
  dispatcher.dispatch("token", 1)
  try {
    tasks.shift()()
  } catch {
    /* It is reported where tasks end. */
  }
  tasks.shift()()
  dispatcher.dispatch("token", 2)
  equal(
    handed.map(([, payload]) => payload),
    ["bad", 1, 2],
  )
})

test("the order is kept with real tasks", async () => {
  const handed = []
  const dispatcher = new EventDispatcher((_name, number) => handed.push(number))
  for (const [name, number] of [
    ["generation_ended", 1],
    ["generation_ended", 2],
    ["token", 3],
  ])
    dispatcher.dispatch(name, number)
  equal(handed, [])
  while (handed.length < 3) await settled()
  equal(handed, [1, 2, 3])
})
