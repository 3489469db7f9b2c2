import { createTranslator } from "../../../../static/js/base/translator.js"
import { Generation } from "../../../../static/js/state/generation.js"
import { MessageView } from "../../../../static/js/thread/message/message_view.js"
import { renderer } from "../../../../static/js/thread/message/renderer_loader.js"
import { FakeServer } from "../../fake_server.js"
import { equal, ok, test } from "../../harness.js"

/** The view of an answer that is being written; `speak` adds to it. */
function written() {
  const server = new FakeServer()
  const generation = new Generation({ id: "g", messageId: "a", startedAt: 0, now: 0 })
  const t = createTranslator({}, "en")
  const context = {
    t,
    format: { clock: String, speed: () => null },
    locale: "en",
    actions: { turnsOf: () => 1 },
    edits: { get: () => "" },
    modelName: String,
  }
  const view = new MessageView(/** @type {any} */ (context), /** @type {any} */ (server.answer))
  view.update(server.answer, generation)
  document.body.append(view.element)
  const speak = (text, kind = "text") => {
    const [, token] = server.speak(text, kind)
    generation.accept({ kind, ...token }, 0)
    view.grow(kind)
  }
  const part = (name) => view.element.querySelector(`[data-testid="${name}"]`)
  return { view, server, speak, part }
}

test("a text or a reasoning that others have removed is back with the next word", async () => {
  await renderer.load()
  const { view, speak, part } = written()
  speak("so", "reasoning")
  speak("one ")
  for (const name of ["body", "reasoning"]) {
    part(name).remove()
    speak("two ")
    ok(part(name), `${name} is back`)
    equal(view.element.querySelectorAll(`[data-testid="${name}"]`).length, 1, name)
  }
  view.element.remove()
})

test("a text that others have removed is back when the answer ends, with all that was said", async () => {
  await renderer.load()
  const { view, server, speak, part } = written()
  speak("one ")
  part("body").remove()
  server.speak("two")
  server.end()
  view.update(/** @type {any} */ ({ ...server.answer }), null)
  await view.painted
  equal(part("body")?.textContent.trim(), "one two")
  view.element.remove()
})
