import { parseInWorker } from "../../../../static/js/markdown/parse/parse_client.js"
import { parseDocument } from "../../../../static/js/markdown/parse/parse_document.js"
import { splitTree } from "../../../../static/js/markdown/parse/tree_transfer.js"
import { equal, test } from "../../harness.js"

/** A worker that fails at the first text and continues with the next, as in a browser. */
class FailingWorker extends EventTarget {
  static texts = []
  static ended = false

  postMessage(message) {
    FailingWorker.texts.push(message)
  }

  terminate() {
    FailingWorker.ended = true
  }

  work() {
    const [, ...others] = FailingWorker.texts
    this.dispatchEvent(new Event("error"))
    for (const { id, text, docId } of others) {
      for (const piece of [...splitTree(parseDocument(text, docId)), null]) this.#post({ id, piece })
    }
  }

  #post(data) {
    if (!FailingWorker.ended) this.dispatchEvent(new MessageEvent("message", { data }))
  }
}

test("after a failure of the worker the page parses all texts and ignores the worker", async () => {
  const problems = []
  const { Worker: real } = globalThis
  let worker = null
  globalThis.Worker = class extends FailingWorker {
    constructor() {
      super()
      worker = this
    }
  }
  const note = (event) => problems.push(event.message)
  addEventListener("error", note)
  const trees = Promise.all([parseInWorker("one", "a"), parseInWorker("two", "b")])
  worker.work()
  equal(await trees, [parseDocument("one", "a"), parseDocument("two", "b")])
  equal([await parseInWorker("three", "c"), problems], [parseDocument("three", "c"), []])
  removeEventListener("error", note)
  globalThis.Worker = real
})
