import { Emitter } from "../../../static/js/base/emitter.js"
import { ConnectionNotice } from "../../../static/js/ui/connection_notice.js"
import { equal, test } from "../harness.js"

function noticed({ state = "connecting", isShell = false, isOnline = true } = {}) {
  const root = document.createElement("div")
  const connection = new Emitter()
  const network = { isOnline }
  connection.state = state
  const notice = new ConnectionNotice({
    connection,
    t: (key) => key,
    root,
    isShell,
    location: { host: "h", origin: "o" },
    online: () => network.isOnline,
  })
  return {
    notice,
    network,
    become(next) {
      connection.state = next
      connection.emit("state", next)
    },
    get said() {
      return root.querySelector("span")?.textContent ?? null
    },
  }
}

test("the shell shows offline at once, until connected", () => {
  const one = noticed({ isShell: true })
  equal(one.said, "offline")
  one.become("connected")
  equal(one.said, null)
  one.become("reconnecting")
  one.notice.urgent()
  equal(one.said, "reconnecting")
})

test("without a network the notice says offline", () => {
  const one = noticed({ isOnline: false })
  equal(one.said, null, "a moment of patience")
  one.notice.urgent()
  equal(one.said, "offline")
  one.network.isOnline = true
  dispatchEvent(new Event("online"))
  equal(one.said, "connecting")
  one.network.isOnline = false
  dispatchEvent(new Event("offline"))
  equal(one.said, "offline")
})

test("permanent problems are shown regardless of the network", () => {
  const one = noticed({ isOnline: false, isShell: true })
  one.become("forbidden")
  equal(one.said, "forbidden")
})

test("no notice while connected", () => {
  const one = noticed({ state: "connected", isOnline: false })
  one.notice.urgent()
  equal(one.said, null)
})

test("changed is emitted when the notice appears or disappears", () => {
  const one = noticed()
  const told = []
  one.notice.on("changed", () => told.push(one.notice.isShown))
  one.notice.urgent()
  one.become("reconnecting")
  one.become("connected")
  equal(told, [true, false])
})
