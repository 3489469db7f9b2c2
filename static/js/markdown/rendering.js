import { layOut, runInSlices } from "../base/scheduling.js"
import { ChunkSizer } from "./chunk_sizer.js"
import { DomSink } from "./dom/dom_sink.js"
import { Painter, runToEnd } from "./dom/painter.js"
import { normalize, createParser } from "./parse/parser.js"
import { RenderLoop } from "./render_loop.js"
import { createDecorator, viewFactories } from "./dom/node_views.js"
import { Stream } from "./stream/stream.js"
import { findLastBlock } from "./parse/parts.js"
import { parseInWorker } from "./parse/parse_client.js"
import { parseDocument } from "./parse/parse_document.js"
import { warmUp } from "./warm_up.js"

/**
 * Texts up to this length are parsed and painted at once; longer ones in a worker, and in slices of time. What streamed
 * stands on the screen already, and its end can wait.
 */
const SMALL = 8000
const SMALL_SHOWN = 2000
/** For so long what is behind at the end is shown step by step as before, so that the end is no jolt. */
const CATCH_UP_MS = 1000

const growing = createParser({ streaming: true })

/** Get ready for the first text, while nothing else is to do. */
export function warmUpRenderer() { warmUp((text) => growing.parse(text, {})) }

/** The rendered form of one text inside of an element, while it grows and when it is whole. */
export class Rendering {
  #element
  #painter
  #docId
  #loop = new RenderLoop(() => this.#onTurn())
  #chunkSizer = new ChunkSizer()
  /** A string, or what is read like one and grows; it belongs to who calls. */
  #text = ""
  /** How much of the text the stream has, and how much of it the nodes are the tree of, as of a whole. */
  #taken = 0
  #ended = 0
  /** How much the last step took. */
  #last = 0
  #stream = null
  #sink = null
  /** What is on the screen; null while it is being painted, or was left half painted. */
  #nodes = []
  #turn = 0
  /** Told once a text is painted that is whole and not all shown yet; null where none is caught up with, until when. */
  #caughtUp = null
  #until = 0
  #painted = Promise.resolve()
  #pending = new Set()

  /** The context is what the views of code and diagrams need: {t, clipboard, announce}; `docId` is unique on the page. */
  constructor({ element, context, docId }) {
    this.#element = element
    this.#painter = new Painter(viewFactories(context, (promise) => this.#track(promise)), createDecorator(context))
    this.#docId = docId
    element.replaceChildren()
  }

  /** Resolves when all words of a text that is whole are on the screen. */
  get painted() { return this.#painted }

  /** Resolves when all is painted, highlighted and typeset. */
  get settled() { return this.#whenSettled() }

  /** The text goes on, as this one; what came is on the screen with the next frame. */
  extend(text) {
    this.#cancelCatchUp()
    this.#text = text
    this.#loop.request()
  }

  /** Take another text. */
  replace(text) {
    this.#cancelCatchUp()
    this.#endStream()
    this.#text = text
    this.#loop.request()
  }

  /** Show at once what has come. */
  flush() {
    while (this.#behind > 0) this.#step()
  }

  /** The text is whole: show it as it is rendered at once. */
  finish() {
    const isBehind = this.#stream && this.#behind > this.#chunkSizer.size && !document.hidden
    this.#painted = isBehind ? this.#catchUp() : this.#renderWhole()
    this.#track(this.#painted)
  }

  /** Leave the text; nothing more is done for it. */
  close() {
    this.#cancelCatchUp()
    this.#loop.stop()
    this.#turn += 1
    this.#painter.clear(this.#element)
  }

  #endStream() {
    if (this.#sink) this.#nodes = this.#sink.close()
    this.#stream = this.#sink = null
    this.#taken = 0
    this.#ended = 0
  }

  /** Go on as before until all is shown, and end then; but not for long. */
  #catchUp() {
    this.#until = performance.now() + CATCH_UP_MS
    this.#loop.request()
    return new Promise((resolve) => { this.#caughtUp = resolve })
  }

  /** It was not the end, or nobody waits for it any more. */
  #cancelCatchUp() {
    this.#caughtUp?.()
    this.#caughtUp = null
  }

  /** How much has come that the stream does not have. */
  get #behind() { return this.#text.length - this.#taken }

  #onTurn() {
    this.#chunkSizer.record(this.#last, this.#loop.longest)
    if (this.#sink?.hasNewlyPast) this.#skipPast()
    else if (this.#caughtUp && (this.#behind === 0 || performance.now() > this.#until)) return this.#finishCatchUp(this.#caughtUp)
    else this.#step()
    if (this.#behind > 0 || this.#sink.hasNewlyPast || this.#caughtUp) this.#loop.request()
  }

  /** All that there was to catch up with is shown, or takes too long. */
  #finishCatchUp(caughtUp) { caughtUp(this.#renderWhole()) }

  /** A step of its own: with nothing else to show, it still takes the browser a frame. */
  #skipPast() {
    this.#sink.skipPast()
    this.#last = 0
  }

  #step() {
    this.#turn += 1
    if (!this.#stream) this.#begin()
    const chunk = this.#text.slice(this.#taken, this.#taken + this.#chunkSizer.size)
    this.#last = chunk.length
    this.#taken += chunk.length
    this.#stream.push(chunk)
    this.#stream.step()
  }

  #begin() {
    const parse = (text, env) => growing.parse(text, env)
    const text = normalize(this.#text.slice(0, this.#ended))
    const last = this.#nodes && text ? findLastBlock(this.#nodes) : null
    if (!last) {
      this.#painter.clear(this.#element)
      this.#nodes = []
    }
    this.#sink = new DomSink(this.#element, this.#painter, this.#nodes)
    this.#stream = new Stream({ parse, sink: this.#sink })
    if (last) this.#continue(text, last)
  }

  /** A text that goes on after its end keeps what it shows; only its last block is read again. */
  #continue(text, last) {
    this.#taken = this.#ended
    this.#sink.reopen(last.first)
    this.#stream.continueFrom(text, last.line)
  }

  /** End what streams, and make of it what the whole text is; resolves when that is painted. */
  #renderWhole() {
    const small = this.#stream ? SMALL_SHOWN : SMALL
    this.#caughtUp = null
    this.#loop.stop()
    if (this.#stream) {
      if (this.#behind <= this.#chunkSizer.size) this.#stream.push(this.#text.slice(this.#taken)) // Of more, all in slices.
      this.#stream.finish()
      this.#endStream()
    }
    return this.#replaceBy(small)
  }

  async #replaceBy(small) {
    const turn = ++this.#turn
    const text = String(this.#text)
    const { length } = text
    if (length <= small) return runToEnd(this.#patch(parseDocument(text, this.#docId), length))
    await layOut() // With what else the page shows of an end, before the frame.
    const nodes = await parseInWorker(text, this.#docId)
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

  #track(promise) {
    this.#pending.add(promise)
    promise.then(() => this.#pending.delete(promise))
  }

  async #whenSettled() {
    while (this.#pending.size > 0) await Promise.all(this.#pending)
  }
}
