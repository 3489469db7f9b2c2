import { Connection } from "../../static/js/connection.js"
import { equal, settled, test } from "./harness.js"

/** A socket that the test moves; `sent` holds {name, ms, answer}, and `answer(true)` says that nothing came in time. */
class FakeSocket {
  #listeners = {}
  connected = false
  active = true
  sent = []
  connects = 0

  on(name, listener) { this.#listeners[name] = listener }
  onAny() {}
  timeout(ms) { return { emit: (name, payload, answer) => this.sent.push({ name, payload, ms, answer }) } }

  connect() {
    this.connects += 1
    return this
  }

  disconnect() {
    this.drop()
    return this
  }

  drop() {
    this.connected = false
    this.#listeners.disconnect()
  }

  /** The server takes it. */
  accept() {
    this.connected = this.active = true
    this.#listeners.connect()
  }

  /** The server refuses it; then Socket.IO tries no more. */
  refuse(message) {
    this.active = false
    this.#listeners.connect_error(new Error(message))
  }
}

/** A connection over such a socket; `renewals` are what the attempts to renew the session come to, in order. */
function begun({ renewals = [] } = {}) {
  const socket = new FakeSocket()
  const pauses = []
  const api = { renewSession: async () => renewals.shift(), alive: async () => true }
  const setTimeout = (act, ms) => pauses.push({ act, ms })
  const connection = new Connection({ api, connect: () => socket, setTimeout })
  connection.start()
  return { connection, socket, pauses }
}

test("who waits in vain waits longer the next time, and as before once all is answered", async () => {
  const { connection, socket } = begun()
  socket.accept()
  const opened = connection.command("load_messages", {})
  for (const ms of [10_000, 20_000, 40_000, 40_000]) {
    equal(socket.sent.at(-1).ms, ms)
    socket.sent.at(-1).answer(true)
    socket.accept()
  }
  connection.command("close_conversation", {})
  socket.sent.at(-1).answer(null, { ok: true }) // A short one, while the long one is still under way.
  connection.command("close_conversation", {})
  equal(socket.sent.at(-1).ms, 40_000)
  socket.sent.at(-1).answer(null, { ok: true })
  socket.sent[4].answer(null, { ok: true })
  await opened
  connection.command("load_messages", {})
  equal(socket.sent.at(-1).ms, 10_000)
})

test("a connection that breaks says nothing of how slow it is", () => {
  const { connection, socket } = begun()
  socket.accept()
  connection.command("load_messages", {})
  socket.drop()
  socket.sent.at(-1).answer(true) // Socket.IO tells what had no answer.
  socket.accept()
  equal(socket.sent.at(-1).ms, 10_000)
})

test("a session that could not be renewed is renewed later, after pauses that grow", async () => {
  const { connection, socket, pauses } = begun({ renewals: [false, false, false, true] })
  for (let attempt = 0; attempt < 3; attempt += 1) {
    socket.refuse("unauthenticated")
    await settled()
    pauses.at(-1).act()
  }
  equal([connection.state, socket.connects], ["connecting", 4])
  equal(pauses.map(({ ms }, at) => ms >= 200 * 2 ** at && ms <= 700 * 2 ** at), [true, true, true])
  socket.refuse("unauthenticated")
  await settled()
  equal(socket.connects, 5)
  socket.accept()
  equal(connection.state, "connected")
})

test("a session that was given and is not accepted is said, and not asked for over and over", async () => {
  const { connection, socket } = begun({ renewals: [true] })
  socket.refuse("unauthenticated")
  await settled()
  socket.refuse("unauthenticated")
  await settled()
  equal([connection.state, socket.connects], ["unauthenticated", 2])
})
