import { layOut, runInSlices } from "../base/scheduling.js"
import { Bite } from "./chunk_sizer.js"
import { Canvas } from "./dom/dom_sink.js"
import { Painter, atOnce } from "./dom/painter.js"
import { normalized, parser } from "./parse/parser.js"
import { Pace } from "./render_loop.js"
import { helper, makers } from "./dom/node_views.js"
import { Stream } from "./stream/stream.js"
import { lastBlock } from "./parse/parts.js"
import { wholeTree } from "./parse/parse_client.js"
import { treeOfText } from "./parse/parse_document.js"
import { warmUp } from "./warm_up.js"

/**
 * Texts up to this length are parsed and painted at once; longer ones in a worker, and in slices of time. What streamed
 * stands on the screen already, and its end can wait.
 */
const SMALL = 8000
const SMALL_SHOWN = 2000
/** For so long what is behind at the end is shown step by step as before, so that the end is no jolt. */
const CATCH_UP_MS = 1000

const growing = parser({ streaming: true })

/** Get ready for the first text, while nothing else is to do. */
export function getReady() { warmUp((text) => growing.parse(text, {})) }

/** The rendered form of one text inside of an element, while it grows and when it is whole. */
export class Rendering {
  #element
  #painter
  #docId
  #pace = new Pace(() => this.#paced())
  #bite = new Bite()
  /** A string, or what is read like one and grows; it belongs to who calls. */
  #text = ""
  /** How much of the text the stream has, and how much of it the nodes are the tree of, as of a whole. */
  #taken = 0
  #ended = 0
  /** How much the last step took. */
  #last = 0
  #stream = null
  #canvas = null
  /** What is on the screen; null while it is being painted, or was left half painted. */
  #nodes = []
  #turn = 0
  /** Told once a text is painted that is whole and not all shown yet; null where none is caught up with, until when. */
  #caughtUp = null
  #until = 0
  #painted = Promise.resolve()
  #pending = new Set()

  /** The kit is what the views of code and diagrams need: {t, clipboard, announce}; `docId` is unique on the page. */
  constructor({ element, kit, docId }) {
    this.#element = element
    this.#painter = new Painter(makers(kit, (promise) => this.#await(promise)), helper(kit))
    this.#docId = docId
    element.replaceChildren()
  }

  /** Resolves when all words of a text that is whole are on the screen. */
  get painted() { return this.#painted }

  /** Resolves when all is painted, highlighted and typeset. */
  get settled() { return this.#settled() }

  /** The text goes on, as this one; what came is on the screen with the next frame. */
  extend(text) {
    this.#goesOn()
    this.#text = text
    this.#pace.soon()
  }

  /** Take another text. */
  replace(text) {
    this.#goesOn()
    this.#close()
    this.#text = text
    this.#pace.soon()
  }

  /** Show at once what has come. */
  flush() {
    while (this.#behind > 0) this.#step()
  }

  /** The text is whole: show it as it is rendered at once. */
  finish() {
    const isBehind = this.#stream && this.#behind > this.#bite.size && !document.hidden
    this.#painted = isBehind ? this.#catchUp() : this.#whole()
    this.#await(this.#painted)
  }

  /** Leave the text; nothing more is done for it. */
  leave() {
    this.#goesOn()
    this.#pace.stop()
    this.#turn += 1
    this.#painter.clear(this.#element)
  }

  #close() {
    if (this.#canvas) this.#nodes = this.#canvas.close()
    this.#stream = this.#canvas = null
    this.#taken = 0
    this.#ended = 0
  }

  /** Go on as before until all is shown, and end then; but not for long. */
  #catchUp() {
    this.#until = performance.now() + CATCH_UP_MS
    this.#pace.soon()
    return new Promise((resolve) => { this.#caughtUp = resolve })
  }

  /** It was not the end, or nobody waits for it any more. */
  #goesOn() {
    this.#caughtUp?.()
    this.#caughtUp = null
  }

  /** How much has come that the stream does not have. */
  get #behind() { return this.#text.length - this.#taken }

  #paced() {
    this.#bite.took(this.#last, this.#pace.longest)
    if (this.#canvas?.hasNewlyPast) this.#skipPast()
    else if (this.#caughtUp && (this.#behind === 0 || performance.now() > this.#until)) return this.#arrive(this.#caughtUp)
    else this.#step()
    if (this.#behind > 0 || this.#canvas.hasNewlyPast || this.#caughtUp) this.#pace.soon()
  }

  /** All that there was to catch up with is shown, or takes too long. */
  #arrive(caughtUp) { caughtUp(this.#whole()) }

  /** A step of its own: with nothing else to show, it still takes the browser a frame. */
  #skipPast() {
    this.#canvas.skipPast()
    this.#last = 0
  }

  #step() {
    this.#turn += 1
    if (!this.#stream) this.#begin()
    const bite = this.#text.slice(this.#taken, this.#taken + this.#bite.size)
    this.#last = bite.length
    this.#taken += bite.length
    this.#stream.push(bite)
    this.#stream.step()
  }

  #begin() {
    const parse = (text, env) => growing.parse(text, env)
    const text = normalized(this.#text.slice(0, this.#ended))
    const last = this.#nodes && text ? lastBlock(this.#nodes) : null
    if (!last) {
      this.#painter.clear(this.#element)
      this.#nodes = []
    }
    this.#canvas = new Canvas(this.#element, this.#painter, this.#nodes)
    this.#stream = new Stream({ parse, canvas: this.#canvas })
    if (last) this.#goOn(text, last)
  }

  /** A text that goes on after its end keeps what it shows; only its last block is read again. */
  #goOn(text, last) {
    this.#taken = this.#ended
    this.#canvas.reopen(last.first)
    this.#stream.goOn(text, last.line)
  }

  /** End what streams, and make of it what the whole text is; resolves when that is painted. */
  #whole() {
    const small = this.#stream ? SMALL_SHOWN : SMALL
    this.#caughtUp = null
    this.#pace.stop()
    if (this.#stream) {
      if (this.#behind <= this.#bite.size) this.#stream.push(this.#text.slice(this.#taken)) // Of more, all in slices.
      this.#stream.finish()
      this.#close()
    }
    return this.#become(small)
  }

  async #become(small) {
    const turn = ++this.#turn
    const text = String(this.#text)
    const { length } = text
    if (length <= small) return atOnce(this.#patch(treeOfText(text, this.#docId), length))
    await layOut() // With what else the page shows of an end, before the frame.
    const nodes = await wholeTree(text, this.#docId)
    if (turn === this.#turn) await runInSlices(this.#patch(nodes, length), () => turn === this.#turn)
  }

  * #patch(nodes, length) {
    const before = this.#nodes ?? []
    if (!this.#nodes) this.#painter.clear(this.#element)
    this.#nodes = null
    yield* this.#painter.patch(this.#element, this.#element.firstChild, before, nodes)
    this.#nodes = nodes
    this.#ended = length
  }

  #await(promise) {
    this.#pending.add(promise)
    promise.then(() => this.#pending.delete(promise))
  }

  async #settled() {
    while (this.#pending.size > 0) await Promise.all(this.#pending)
  }
}
