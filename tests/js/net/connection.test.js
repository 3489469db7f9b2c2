import { Connection } from "../../../static/js/net/connection.js"
import { equal, settled, test } from "../harness.js"

/** A socket controlled by the test; `sent` holds {name, answer}. */
class FakeSocket {
  #listeners = {}
  connected = false
  active = true
  sent = []
  connects = 0

  on(name, listener) {
    this.#listeners[name] = listener
  }
  onAny() {}
  emit(name, payload, answer) {
    this.sent.push({ name, payload, answer: () => answer({ ok: true }) })
  }

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

  /** The server accepts the connection. */
  accept() {
    this.connected = this.active = true
    this.#listeners.connect()
  }

  /** The server refuses the connection, and Socket.IO stops trying. */
  refuse(message) {
    this.active = false
    this.#listeners.connect_error(new Error(message))
  }
}

/**
 * A connection over such a socket; `renewals` are the results of session renewals, in order. `ackTimeout` returns the
 * running ack timeout, null if none; `expire` lets it pass; `pauses` are the delays before reconnects.
 */
function setUp({ renewals = [], owner = null } = {}) {
  const socket = new FakeSocket()
  const clock = { now: 0 }
  const pauses = []
  let watch = null
  const timers = {
    setTimeout: (act, ms) => (ms < 10_000 ? pauses.push({ act, ms }) : (watch = { act, ms })),
    clearTimeout: (timer) => {
      if (timer === watch) watch = null
    },
  }
  const api = { renewSession: async () => renewals.shift(), alive: async () => true }
  const handshakes = []
  const connect = ({ auth }) => {
    handshakes.push(auth)
    return socket
  }
  const connection = new Connection({ api, owner, connect, timers, now: () => clock.now })
  connection.start()
  const expire = () => {
    clock.now += watch.ms
    watch.act()
  }
  return { connection, socket, handshakes, pauses, clock, expire, ackTimeout: () => watch?.ms ?? null }
}

test("the ack timeout doubles after a timeout and is reset after a success", async () => {
  const { connection, socket, expire, ackTimeout } = setUp()
  socket.accept()
  const opened = connection.command("load_messages", {})
  for (const ms of [10_000, 20_000, 40_000]) {
    equal(ackTimeout(), ms)
    expire()
    equal(ackTimeout(), null)
    socket.accept()
  }
  equal(ackTimeout(), 40_000)
  socket.sent.at(-1).answer()
  await opened
  connection.command("load_messages", {})
  equal([ackTimeout(), socket.sent.length], [10_000, 5])
})

test("a slow ack raises the next timeout", async () => {
  const { connection, socket, clock, expire, ackTimeout } = setUp()
  socket.accept()
  const first = connection.command("load_messages", {})
  expire()
  socket.accept()
  clock.now += 14_000
  socket.sent.at(-1).answer()
  await first
  equal(ackTimeout(), null)
  connection.command("load_messages", {})
  equal(ackTimeout(), 28_000)
})

test("each ack restarts the timer, and only the last one of a batch sets the timeout", () => {
  const { connection, socket, clock, expire, ackTimeout } = setUp()
  socket.accept()
  connection.command("load_messages", {})
  expire()
  connection.command("close_conversation", {}).catch(() => {})
  socket.accept()
  clock.now += 19_000
  socket.sent.at(-2).answer()
  equal([ackTimeout(), socket.connects], [20_000, 2])
})

test("a once command is rejected when the connection is lost", async () => {
  const { connection, socket, expire } = setUp()
  socket.accept()
  const outcome = connection.command("open_conversation", {}, { once: true }).catch(({ code }) => code)
  expire()
  equal(await outcome, "disconnected")
  socket.accept()
  equal(socket.sent.length, 1)
})

test("a lost connection does not change the timeout", () => {
  const { connection, socket, ackTimeout } = setUp()
  socket.accept()
  connection.command("load_messages", {})
  socket.drop()
  equal(ackTimeout(), null)
  socket.accept()
  equal(ackTimeout(), 10_000)
})

test("a failed session renewal is retried with growing pauses", async () => {
  const { connection, socket, pauses } = setUp({ renewals: [false, false, false, true] })
  for (let attempt = 0; attempt < 3; attempt += 1) {
    socket.refuse("unauthenticated")
    await settled()
    pauses.at(-1).act()
  }
  equal([connection.state, socket.connects], ["connecting", 4])
  equal(
    pauses.map(({ ms }, at) => ms >= 200 * 2 ** at && ms <= 700 * 2 ** at),
    [true, true, true],
  )
  socket.refuse("unauthenticated")
  await settled()
  equal(socket.connects, 5)
  socket.accept()
  equal(connection.state, "connected")
})

test("a new session that is refused is reported, not requested again and again", async () => {
  const { connection, socket } = setUp({ renewals: [true] })
  socket.refuse("unauthenticated")
  await settled()
  socket.refuse("unauthenticated")
  await settled()
  equal([connection.state, socket.connects], ["unauthenticated", 2])
})

test("the handshake names the owner; where the browser has another one's session by now, that is told and no more", async () => {
  const { connection, socket, handshakes } = setUp({ owner: "1" })
  const told = []
  connection.on("otherOwner", () => told.push("other"))
  equal(handshakes, [{ owner: "1", takes: ["short_tokens"] }])
  socket.refuse("other_owner")
  await settled()
  equal([told, socket.connects, connection.state], [["other"], 1, "connecting"])
  equal(setUp().handshakes, [{ takes: ["short_tokens"] }])
})

test("a server without room for another tab is tried again with growing pauses", () => {
  const { connection, socket, pauses } = setUp()
  for (const code of ["session_full", "address_full", "server_full"]) {
    socket.refuse(code)
    equal(connection.state, "full")
    pauses.at(-1).act()
  }
  equal(socket.connects, 4)
  equal(
    pauses.map(({ ms }, at) => ms >= 200 * 2 ** at && ms <= 700 * 2 ** at),
    [true, true, true],
  )
  socket.accept()
  equal(connection.state, "connected")
})
