import { io } from "../../vendor/socket.io-client-4.8.4/dist/socket.io.esm.min.js"
import { Emitter } from "../base/emitter.js"
import { EventDispatcher } from "./event_dispatcher.js"
import { expand, SHORT_TOKENS } from "./short_token.js"

/** @import { Api } from "./api.js" */
/** @import { Timers } from "../base/scheduling.js" */

const ACK_MS = 10_000
const MAX_ACK_MS = 40_000
const BLOCKED_AFTER = 3
const FULL = new Set(["session_full", "address_full", "server_full"])
const RETRY_MS = 2000
const MAX_DOUBLINGS = 4

/** A command that the server refused, or that was lost with the connection. */
export class CommandError extends Error {
  /** @param {Wire.ErrorAck} error */
  constructor({ code, message, retry_after: retryAfter = null, scope = null, reason = null, detail = null }) {
    super(message)
    this.code = code
    this.retryAfter = retryAfter
    this.scope = scope
    this.reason = reason
    this.detail = detail
  }
}

/**
 * "blocked": WebSockets do not get through; "forbidden": origin not allowed; "full": too many open tabs;
 * "unauthenticated": a new session is not accepted, as without cookies.
 * @typedef {"connecting" | "connected" | "reconnecting" | "blocked" | "forbidden" | "full" | "unauthenticated"} ConnectionState
 */

/**
 * The socket: commands as promises, and its state. Emits "state", "connected" (each time), "fact" (name, payload), and
 * "otherOwner" if the browser has the session of another owner by now: nothing is sent then.
 * @extends {Emitter<{ state: [ConnectionState], connected: [], fact: [Wire.FactName, Wire.Fact], otherOwner: [] }>}
 */
export class Connection extends Emitter {
  #socket
  #api
  #waiting = new Set()
  #failures = 0
  #patience = ACK_MS
  #renewed = false
  #unrenewed = 0
  #unadmitted = 0
  #timers
  #now
  #timer = null
  /** Start of the current wait: the last ack, or the first command after a pause. */
  #since = 0
  /** @type {ConnectionState} */
  #state = "connecting"

  /**
   * `owner`: the only one for whom commands are sent, null: whoever is signed in.
   * @param {{ api: Api, owner?: string | null, connect?: typeof io, timers?: Timers, now?: () => number }} parts
   */
  constructor({ api, owner = null, connect = io, timers = globalThis, now = Date.now }) {
    super()
    this.#api = api
    this.#timers = timers
    this.#now = now
    this.#socket = connect({
      transports: ["websocket"],
      reconnectionDelay: 250,
      reconnectionDelayMax: 3000,
      randomizationFactor: 0.5,
      timeout: 5000,
      autoConnect: false,
      auth: { takes: [SHORT_TOKENS], ...(owner ? { owner } : {}) },
    })
    this.#socket.on("connect", () => this.#onConnected())
    this.#socket.on("connect_error", (error) => this.#onRefused(error))
    this.#socket.on("disconnect", () => this.#onDisconnected())
    const dispatcher = new EventDispatcher((name, payload) => this.emit("fact", name, payload))
    this.#socket.onAny((name, payload) => dispatcher.dispatch(...expand(name, payload)))
  }

  get state() {
    return this.#state
  }

  start() {
    this.#socket.connect()
  }

  /** Reconnect: no ack came, or the device was asleep. */
  restart() {
    this.#socket.disconnect().connect()
  }

  /**
   * Send a command and resolve with its ack. It is resent with the same payload until acknowledged; with `once` a lost
   * connection rejects it.
   * @template {keyof Wire.Commands} Name
   * @param {Name} name
   * @param {Wire.Commands[Name][0]} payload
   * @returns {Promise<Wire.Commands[Name][1]>}
   */
  command(name, payload, { once = false } = {}) {
    return new Promise((resolve, reject) => {
      const waiting = { name, payload, once, resolve, reject }
      if (once && !this.#socket.connected) return this.#rejectLost(waiting)
      this.#waiting.add(waiting)
      if (this.#socket.connected) this.#send(waiting)
    })
  }

  #send(waiting) {
    this.#socket.emit(waiting.name, waiting.payload, (ack) => this.#onAck(waiting, ack))
    if (this.#timer === null) this.#startAckTimer()
  }

  #onAck(waiting, ack) {
    if (!this.#waiting.delete(waiting)) return
    // Only the last ack of a batch shows how slow the network is.
    if (this.#waiting.size === 0) this.#setPatience(2 * (this.#now() - this.#since))
    this.#startAckTimer()
    if (ack.ok) waiting.resolve(ack)
    else waiting.reject(new CommandError(ack.error))
  }

  /** The server acknowledges commands in order, so each ack restarts the timer. */
  #startAckTimer() {
    this.#stopAckTimer()
    this.#since = this.#now()
    if (this.#waiting.size > 0) this.#timer = this.#timers.setTimeout(() => this.#onAckTimeout(), this.#patience)
  }

  #stopAckTimer() {
    this.#timers.clearTimeout(this.#timer)
    this.#timer = null
  }

  /** The network may just be slow: double the timeout for the next try. */
  #onAckTimeout() {
    this.#setPatience(2 * this.#patience)
    this.restart()
  }

  #setPatience(ms) {
    this.#patience = Math.min(Math.max(ms, ACK_MS), MAX_ACK_MS)
  }

  #rejectLost(waiting) {
    this.#waiting.delete(waiting)
    waiting.reject(new CommandError({ code: "disconnected", message: "The connection was lost." }))
  }

  #onConnected() {
    this.#failures = 0
    this.#renewed = false
    this.#unrenewed = 0
    this.#unadmitted = 0
    this.#setState("connected")
    const waiting = [...this.#waiting] // Commands of the listeners are sent by `command`.
    this.emit("connected")
    for (const one of waiting) if (this.#waiting.has(one)) this.#send(one)
  }

  #onDisconnected() {
    this.#stopAckTimer()
    for (const waiting of this.#waiting) if (waiting.once) this.#rejectLost(waiting)
    this.#setState("reconnecting")
    this.#reconnectLater()
  }

  async #onRefused(error) {
    if (error.message === "unauthenticated") return this.#renew()
    if (error.message === "other_owner") return this.emit("otherOwner")
    if (FULL.has(error.message)) {
      this.#reconnectLater(this.#unadmitted++)
      return this.#setState("full")
    }
    this.#reconnectLater()
    if (error.message === "forbidden") return this.#setState("forbidden")
    if (this.#state === "connected") this.#setState("reconnecting")
    if (++this.#failures >= BLOCKED_AFTER && (await this.#api.alive()) && !this.#socket.connected)
      this.#setState("blocked")
  }

  /** Socket.IO stops reconnecting when the server disconnects or refuses the client. */
  #reconnectLater(doublings = 0) {
    const pause = RETRY_MS * (0.1 + Math.random() / 4) * 2 ** Math.min(doublings, MAX_DOUBLINGS)
    this.#timers.setTimeout(() => {
      if (!this.#socket.active) this.#socket.connect()
    }, pause)
  }

  async #renew() {
    if (this.#renewed) return this.#setState("unauthenticated")
    this.#renewed = await this.#api.renewSession()
    if (this.#renewed) this.#socket.connect()
    else this.#reconnectLater(this.#unrenewed++)
  }

  /** @param {ConnectionState} state */
  #setState(state) {
    if (state === this.#state) return
    this.#state = state
    this.emit("state", state)
  }
}
