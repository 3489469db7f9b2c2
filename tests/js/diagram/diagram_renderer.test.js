import { DiagramRenderer } from "../../../static/js/diagram/diagram_renderer.js"
import { equal, settled, test } from "../harness.js"

/** Frames controlled by the test. */
function frames() {
  const made = []
  const makeFrame = (receive, loaded) => {
    const frame = {
      receive,
      loaded,
      sent: [],
      closed: false,
      send(message) {
        this.sent.push(message)
      },
      close() {
        this.closed = true
      },
    }
    made.push(frame)
    return frame
  }
  return { made, makeFrame }
}

test("diagrams are drawn one by one in one frame", async () => {
  const { made, makeFrame } = frames()
  const renderer = new DiagramRenderer({ makeFrame })
  const [one, two] = [renderer.draw("one"), renderer.draw("two")]
  equal(made[0].sent, ["one"])
  made[0].loaded()
  made[0].receive({ markup: "<svg>1" })
  equal(await one, "<svg>1")
  equal(made[0].sent, ["one", "two"])
  made[0].receive({ reason: "wrong" })
  equal(await two.catch(({ message }) => message), "wrong")
  equal(made.length, 1)
})

test("unexpected messages are ignored", async () => {
  const { made, makeFrame } = frames()
  const renderer = new DiagramRenderer({ makeFrame })
  const one = renderer.draw("one")
  made[0].receive({ markup: 1 })
  made[0].receive({ markup: "<svg>1" })
  made[0].receive({ markup: "<svg>2" })
  equal(await one, "<svg>1")
})

test("a diagram that hangs discards its frame, and the others get a new one", async () => {
  const { made, makeFrame } = frames()
  const renderer = new DiagramRenderer({ makeFrame, timeoutMs: 0 })
  const one = renderer.draw("endless")
  made[0].loaded()
  const two = renderer.draw("two")
  equal(await one.catch(({ message }) => message), "")
  equal([made[0].closed, made[1].sent], [true, ["two"]])
  made[1].receive({ markup: "<svg>2" })
  equal(await two, "<svg>2")
  await settled()
  equal(made[1].closed, false)
})

test("the timeout is longer while the program is loading", async () => {
  const { made, makeFrame } = frames()
  const renderer = new DiagramRenderer({ makeFrame, timeoutMs: 0, loadingMs: 60_000 })
  const one = renderer.draw("one")
  await settled()
  equal(made[0].closed, false)
  made[0].receive({ markup: "<svg>1" })
  equal(await one, "<svg>1")
  const two = new DiagramRenderer({ makeFrame, loadingMs: 0 }).draw("two")
  equal(await two.catch(({ message }) => message), "")
})

test("reloading the frame does not extend the timeout", async () => {
  const { made, makeFrame } = frames()
  const one = new DiagramRenderer({ makeFrame, timeoutMs: 50 }).draw("endless")
  const again = setInterval(() => made[0].loaded(), 10)
  equal(await one.catch(({ message }) => message), "")
  clearInterval(again)
})

test("a diagram that is not wanted any more is skipped", async () => {
  const { made, makeFrame } = frames()
  const renderer = new DiagramRenderer({ makeFrame })
  let wanted = true
  const one = renderer.draw("one")
  renderer.draw("two", () => wanted)
  const three = renderer.draw("three")
  wanted = false
  made[0].receive({ markup: "<svg>1" })
  await one
  equal(made[0].sent, ["one", "three"])
  made[0].receive({ markup: "<svg>3" })
  equal(await three, "<svg>3")
})
