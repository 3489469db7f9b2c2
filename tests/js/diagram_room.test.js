import { Room } from "../../static/js/diagram/room.js"
import { equal, settled, test } from "./harness.js"

/** Frames whose answers a test gives. */
function frames() {
  const made = []
  const makeFrame = (hear) => {
    const frame = { hear, sent: [], closed: false, send(message) { this.sent.push(message) }, close() { this.closed = true } }
    made.push(frame)
    return frame
  }
  return { made, makeFrame }
}

test("diagrams are drawn one after the other in one room", async () => {
  const { made, makeFrame } = frames()
  const room = new Room({ makeFrame })
  const [one, two] = [room.draw("one"), room.draw("two")]
  equal(made[0].sent, ["one"])
  made[0].hear({ ready: true })
  made[0].hear({ markup: "<svg>1" })
  equal(await one, "<svg>1")
  equal(made[0].sent, ["one", "two"])
  made[0].hear({ reason: "wrong" })
  equal(await two.catch(({ message }) => message), "wrong")
  equal(made.length, 1)
})

test("what is said unasked counts for nothing", async () => {
  const { made, makeFrame } = frames()
  const room = new Room({ makeFrame })
  const one = room.draw("one")
  made[0].hear({ markup: 1 })
  made[0].hear({ markup: "<svg>1" })
  made[0].hear({ markup: "<svg>2" })
  equal(await one, "<svg>1")
})

test("a diagram that never comes takes its room with it, and no other diagram", async () => {
  const { made, makeFrame } = frames()
  const room = new Room({ makeFrame, patienceMs: 0 })
  const one = room.draw("endless")
  const two = room.draw("two")
  equal(await one.catch(({ message }) => message), "")
  equal([made[0].closed, made[1].sent], [true, ["two"]])
  made[1].hear({ markup: "<svg>2" })
  equal(await two, "<svg>2")
  await settled()
  equal(made[1].closed, false)
})
