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
    get text() {
      return root.querySelector("span")?.textContent ?? null
    },
  }
}

test("the shell shows offline at once, until connected", () => {
  const one = noticed({ isShell: true })
  equal(one.text, "offline")
  one.become("connected")
  equal(one.text, null)
  one.become("reconnecting")
  one.notice.urgent()
  equal(one.text, "reconnecting")
})

test("without a network the notice says offline", () => {
  const one = noticed({ isOnline: false })
  equal(one.text, null, "not at once")
  one.notice.urgent()
  equal(one.text, "offline")
  one.network.isOnline = true
  dispatchEvent(new Event("online"))
  equal(one.text, "connecting")
  one.network.isOnline = false
  dispatchEvent(new Event("offline"))
  equal(one.text, "offline")
})

test("permanent problems are shown regardless of the network", () => {
  const one = noticed({ isOnline: false, isShell: true })
  one.become("forbidden")
  equal(one.text, "forbidden")
})

test("no notice while connected", () => {
  const one = noticed({ state: "connected", isOnline: false })
  one.notice.urgent()
  equal(one.text, null)
})

test("changed is emitted when the notice appears or disappears", () => {
  const one = noticed()
  const changes = []
  one.notice.on("changed", () => changes.push(one.notice.isShown))
  one.notice.urgent()
  one.become("reconnecting")
  one.become("connected")
  equal(changes, [true, false])
})
