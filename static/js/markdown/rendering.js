import { layOut, runInSlices } from "../base/scheduling.js"
import { ChunkSizer } from "./chunk_sizer.js"
import { DomSink } from "./dom/dom_sink.js"
import { createDecorator, viewFactories } from "./dom/node_views.js"
import { Painter, runToEnd } from "./dom/painter.js"
import { parseInWorker } from "./parse/parse_client.js"
import { parseDocument } from "./parse/parse_document.js"
import { createParser, normalize } from "./parse/parser.js"
import { findLastBlock } from "./parse/parts.js"
import { RenderLoop } from "./render_loop.js"
import { Stream } from "./stream/stream.js"
import { warmUp } from "./warm_up.js"

export { QuestionRendering } from "./question_rendering.js"

/** @import { BlockContext } from "../code/code_block.js" */
/** @import { GrowingText } from "../state/generation.js" */
/** @import { TreeElement } from "./parse/tree.js" */

/**
 * Shorter texts are parsed and painted at once; longer ones in a worker and in time slices. What streamed is on the
 * screen already, so its end can wait.
 */
const SMALL = 8000
const SMALL_SHOWN = 2000
/** For so long a backlog at the end is still shown step by step, so that the end is no jump. */
const CATCH_UP_MS = 1000

const growing = createParser({ streaming: true })

/** Warm up while the browser is idle. */
export function warmUpRenderer() {
  warmUp((text) => growing.parse(text, {}))
}

/** Renders one text into an element, while it grows and when it is complete. */
export class Rendering {
  #element
  #painter
  #docId
  #loop = new RenderLoop(() => this.#onTurn())
  #chunkSizer = new ChunkSizer()
  /**
   * Owned by the caller.
   * @type {string | GrowingText}
   */
  #text = ""
  /** How much of the text the stream has taken, and how much of it `#nodes` is the complete tree of. */
  #taken = 0
  #ended = 0
  /** The length of the last step. */
  #last = 0
  /** @type {Stream | null} */
  #stream = null
  /** @type {DomSink | null} */
  #sink = null
  /**
   * The tree on the screen; null while it is being painted.
   * @type {TreeElement[] | null}
   */
  #nodes = []
  #turn = 0
  /**
   * Resolves the promise of `finish` while catching up, at the latest at `#until`; null otherwise.
   * @type {((painted?: Promise<void>) => void) | null}
   */
  #caughtUp = null
  #until = 0
  /** @type {Promise<void>} */
  #painted = Promise.resolve()
  /** @type {Set<Promise<unknown>>} */
  #pending = new Set()

  /**
   * `docId` is unique on the page.
   * @param {{ element: HTMLElement, context: BlockContext, docId: string }} parts
   */
  constructor({ element, context, docId }) {
    this.#element = element
    this.#painter = new Painter(
      viewFactories(context, (promise) => this.#track(promise)),
      createDecorator(context),
    )
    this.#docId = docId
    element.replaceChildren()
  }

  /** Resolves when all words of a complete text are on the screen. */
  get painted() {
    return this.#painted
  }

  /** Resolves when all is painted, highlighted and typeset. */
  get settled() {
    return this.#whenSettled()
  }

  /**
   * The text has grown; the new part appears with the next frame.
   * @param {string | GrowingText} text
   */
  extend(text) {
    this.#cancelCatchUp()
    this.#text = text
    this.#loop.request()
  }

  /**
   * Show another text.
   * @param {string | GrowingText} text
   */
  replace(text) {
    this.#cancelCatchUp()
    this.#endStream()
    this.#text = text
    this.#loop.request()
  }

  /** Show everything at once. */
  flush() {
    while (this.#behind > 0) this.#step()
  }

  /** The text is complete: show its final rendering. */
  finish() {
    const isBehind = this.#stream && this.#behind > this.#chunkSizer.size && !document.hidden
    this.#painted = isBehind ? this.#catchUp() : this.#renderWhole()
    this.#track(this.#painted)
  }

  /** Stop and remove everything. */
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

  /** Continue step by step until all is shown, but not for long. */
  #catchUp() {
    this.#until = performance.now() + CATCH_UP_MS
    this.#loop.request()
    return new Promise((resolve) => {
      this.#caughtUp = resolve
    })
  }

  /** The text goes on, or nobody waits any more. */
  #cancelCatchUp() {
    this.#caughtUp?.()
    this.#caughtUp = null
  }

  /** The number of characters that the stream has not taken. */
  get #behind() {
    return this.#text.length - this.#taken
  }

  #onTurn() {
    this.#chunkSizer.record(this.#last, this.#loop.longest)
    if (this.#sink?.hasNewlyPast) this.#skipPast()
    else if (this.#caughtUp && (this.#behind === 0 || performance.now() > this.#until))
      return this.#finishCatchUp(this.#caughtUp)
    else this.#step()
    if (this.#behind > 0 || this.#sink.hasNewlyPast || this.#caughtUp) this.#loop.request()
  }

  /** Everything is shown, or it takes too long. */
  #finishCatchUp(caughtUp) {
    caughtUp(this.#renderWhole())
  }

  /** A separate step: marking parts takes a frame of its own. */
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

  /** A text that continues after its end: only its last block is read again. */
  #continue(text, last) {
    this.#taken = this.#ended
    this.#sink.reopen(last.first)
    this.#stream.continueFrom(text, last.line)
  }

  /** End the stream and render the whole text; resolves when painted. */
  #renderWhole() {
    const small = this.#stream ? SMALL_SHOWN : SMALL
    this.#caughtUp = null
    this.#loop.stop()
    if (this.#stream) {
      if (this.#behind <= this.#chunkSizer.size) this.#stream.push(this.#text.slice(this.#taken)) // More is painted in slices.
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
    await layOut() // Together with other changes of the page at the end, before the frame.
    const nodes = await parseInWorker(text, this.#docId)
    if (turn === this.#turn) await runInSlices(this.#patch(nodes, length), () => turn === this.#turn)
  }

  /**
   * @param {TreeElement[]} nodes
   * @param {number} length
   */
  *#patch(nodes, length) {
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
