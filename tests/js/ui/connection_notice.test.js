import { ConnectionNotice } from "../../../static/js/ui/connection_notice.js"
import { Emitter } from "../../../static/js/base/emitter.js"
import { equal, test } from "../harness.js"

function noticed({ state = "connecting", isShell = false, isOnline = true } = {}) {
  const root = document.createElement("div")
  const connection = new Emitter()
  const network = { isOnline }
  connection.state = state
  const notice = new ConnectionNotice({
    connection, t: (key) => key, root, isShell, location: { host: "h", origin: "o" }, online: () => network.isOnline,
  })
  return {
    notice, network,
    become(next) {
      connection.state = next
      connection.emit("state", next)
    },
    get said() { return root.querySelector("span")?.textContent ?? null },
  }
}

test("a shell says at once that it is offline, until there is a connection", () => {
  const one = noticed({ isShell: true })
  equal(one.said, "offline")
  one.become("connected")
  equal(one.said, null)
  one.become("reconnecting")
  one.notice.urgent()
  equal(one.said, "reconnecting")
})

test("without a network the page says so in place of trying, and follows the network", () => {
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

test("what is wrong for good is said whatever the network is", () => {
  const one = noticed({ isOnline: false, isShell: true })
  one.become("forbidden")
  equal(one.said, "forbidden")
})

test("a connection that is there is not doubted", () => {
  const one = noticed({ state: "connected", isOnline: false })
  one.notice.urgent()
  equal(one.said, null)
})

test("it tells when it comes and goes", () => {
  const one = noticed()
  const told = []
  one.notice.on("changed", () => told.push(one.notice.isShown))
  one.notice.urgent()
  one.become("reconnecting")
  one.become("connected")
  equal(told, [true, false])
})
