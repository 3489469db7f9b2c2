import { Emitter } from "../../../static/js/base/emitter.js"
import { Composer } from "../../../static/js/composer/composer.js"
import { equal, test } from "../harness.js"

/** A composer that shows the draft of conversation "c". */
function open(drafts = {}) {
  const form = document.body.appendChild(document.createElement("form"))
  form.append(document.createElement("textarea"))
  for (const part of ["button", "hint", "keys"]) form.appendChild(document.createElement("span")).dataset.part = part
  const texts = new Map(Object.entries(drafts))
  const composer = new Composer(
    /** @type {any} */ ({
      t: (key) => key,
      chat: Object.assign(new Emitter(), { running: null, waits: false, questions: [], send() {} }),
      length: { problem: () => null },
      drafts: Object.assign(new Emitter(), {
        get: (id) => texts.get(id) ?? "",
        set: (id, text) => texts.set(id, text),
      }),
      sendKey: Object.assign(new Emitter(), { value: "enter", hint: "send", touch: false, sentence: () => "" }),
      notice: { urgent() {} },
      form,
    }),
  )
  composer.open("c")
  return { composer, texts, form, box: form.querySelector("textarea") }
}

test("a text that is put back stands before the present one", () => {
  const { composer, texts, box, form } = open({ c: "typed" })
  composer.putBack("taken back")
  equal([box.value, texts.get("c")], ["taken back\ntyped", "taken back\ntyped"])
  form.remove()
})

test("a text that is put back into another conversation becomes its draft alone", () => {
  const { composer, texts, box, form } = open({ c: "typed", other: "typed there" })
  composer.putBack("taken back", "other")
  equal([box.value, texts.get("c"), texts.get("other")], ["typed", "typed", "taken back\ntyped there"])
  form.remove()
})

test("a text that is put back ends a composition first, and the box keeps the focus", () => {
  const { composer, box, form } = open({ c: "한" })
  box.focus()
  box.dispatchEvent(new CompositionEvent("compositionstart"))
  const before = []
  box.addEventListener("blur", () => before.push(box.value))
  composer.putBack("taken back")
  equal([before, box.value, document.activeElement === box], [["한"], "taken back\n한", true])
  form.remove()
})
