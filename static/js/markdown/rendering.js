import { layOut, runInSlices } from "../base/scheduling.js"
import { ChunkSizer } from "./chunk_sizer.js"
import { DomSink } from "./dom/dom_sink.js"
import { createDecorator, viewFactories } from "./dom/node_views.js"
import { Disturbed, Painter, runToEnd } from "./dom/painter.js"
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
/** After so many errors the text is shown plain; others may disturb it more often. */
const MAX_ERRORS = 2
const MAX_DISTURBANCES = 40

const growing = createParser({ streaming: true })

/** Warm up while the browser is idle. */
export function warmUpRenderer() {
  warmUp((text) => growing.parse(text, {}))
}

/**
 * Renders one text into an element, while it grows and when it is complete. Translators and extensions may change the
 * element meanwhile: where its nodes are not as they were left, the text is painted anew.
 */
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
  #errors = 0
  #disturbances = 0

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
    while (this.#behind > 0) this.#attempt(() => this.#step())
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

  /** The final part of what was shown stays. */
  #endStream() {
    try {
      if (this.#sink) this.#nodes = this.#sink.close()
    } catch (error) {
      this.#forget(error)
    }
    this.#stream = this.#sink = null
    this.#taken = this.#ended = 0
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
    if (this.#caughtUp && !this.#sink?.hasNewlyPast && (this.#behind === 0 || performance.now() > this.#until))
      return this.#finishCatchUp(this.#caughtUp)
    this.#attempt(() => (this.#sink?.hasNewlyPast ? this.#skipPast() : this.#step()))
    if (this.#behind > 0 || this.#sink?.hasNewlyPast || this.#caughtUp) this.#loop.request()
  }

  /** If a step fails, what it had to show is painted anew at once. */
  #attempt(act) {
    try {
      act()
    } catch (error) {
      const shown = this.#taken
      this.#forget(error)
      this.#attempt(() => this.#step(shown))
    }
  }

  /** What was painted is unknown or not as it should be. */
  #forget(error) {
    if (error instanceof Disturbed) this.#disturbances += 1
    else {
      this.#errors += 1
      reportError(error)
    }
    this.#stream = this.#sink = this.#nodes = null
    this.#taken = this.#ended = 0
  }

  get #isPlain() {
    return this.#errors >= MAX_ERRORS || this.#disturbances >= MAX_DISTURBANCES
  }

  /** All words at least, if everything else fails. */
  #showPlain() {
    this.#painter.clear(this.#element)
    this.#element.textContent = String(this.#text)
    this.#taken = this.#text.length
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

  #step(size = this.#chunkSizer.size) {
    this.#turn += 1
    if (this.#isPlain) return this.#showPlain()
    if (!this.#stream) this.#begin()
    const chunk = this.#text.slice(this.#taken, this.#taken + size)
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
    if (this.#stream) this.#finishStream()
    return this.#replaceBy(small)
  }

  #finishStream() {
    try {
      if (this.#behind <= this.#chunkSizer.size) this.#stream.push(this.#text.slice(this.#taken)) // More is painted in slices.
      this.#stream.finish()
    } catch (error) {
      this.#forget(error)
    }
    this.#endStream()
  }

  async #replaceBy(small) {
    const turn = ++this.#turn
    const text = String(this.#text)
    for (let isPainted = false; !isPainted && turn === this.#turn; ) {
      try {
        if (text.length <= small) runToEnd(this.#patch(parseDocument(text, this.#docId), text.length))
        else await this.#paintInSlices(text, turn)
        isPainted = true
      } catch (error) {
        this.#forget(error)
        isPainted = this.#isPlain
        if (isPainted) this.#showPlain()
      }
    }
  }

  async #paintInSlices(text, turn) {
    await layOut() // Together with other changes of the page at the end, before the frame.
    const nodes = await parseInWorker(text, this.#docId)
    if (turn === this.#turn) await runInSlices(this.#patch(nodes, text.length), () => turn === this.#turn)
  }

  /**
   * @param {TreeElement[]} nodes
   * @param {number} length
   */
  *#patch(nodes, length) {
    const before = this.#nodes ?? []
    if (!this.#nodes) this.#painter.clear(this.#element)
    this.#nodes = null
    yield* this.#painter.patch(this.#element, this.#element.firstChild, before, nodes, { whole: true })
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
