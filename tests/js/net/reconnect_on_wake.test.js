import { reconnectOnWake } from "../../../static/js/net/reconnect_on_wake.js"
import { equal, test } from "../harness.js"

/** What a page does with a connection in a state, when events come. */
function watched(state) {
  const done = []
  const connection = { state, restart: () => done.push("restart") }
  reconnectOnWake(connection, { id: "c", reopen: () => done.push("reopen") })
  return { done, connection }
}

const show = (persisted) => dispatchEvent(new PageTransitionEvent("pageshow", { persisted }))

function setHidden(hidden) {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden })
  document.dispatchEvent(new Event("visibilitychange"))
}

test("a page from the back/forward cache reconnects, also if it still believes to be connected", () => {
  const { done } = watched("connected")
  show(true)
  equal(done, ["restart"])
})

test("a page that is shown for the first time leaves its connection alone", () => {
  const { done } = watched("connecting")
  show(false)
  equal(done, [])
})

test("a hidden page that lost its connection reconnects when it is shown, before its late timers", () => {
  const { done, connection } = watched("connected")
  setHidden(true)
  connection.state = "reconnecting"
  setHidden(false)
  equal(done, ["restart"])
})

test("a page that was hidden for a moment leaves a living connection alone", () => {
  const { done } = watched("connected")
  setHidden(true)
  setHidden(false)
  equal(done, [])
})
