import { Generation } from "../../../../static/js/state/generation.js"
import { BodyView, preloadRenderer } from "../../../../static/js/thread/message/body_view.js"
import { equal, ok, test } from "../../harness.js"

const context = { t: (key) => key, clipboard: null, announce: () => {} }

test("text is plain until the renderer is loaded", async () => {
  const body = new BodyView(context)
  body.show("some **bo")
  equal(body.element.textContent, "some **bo")
  body.show("some **bold** text")
  body.finish()
  await body.settled
  equal(body.element.textContent, "some bold text")
  equal(body.text, "some **bold** text")
})

test("the renderer can be loaded and warmed up before the first answer", async () => {
  await preloadRenderer()
  const body = new BodyView(context)
  body.show("**bold**")
  equal(body.element.textContent, "", "no plain text is shown")
  body.finish()
  await body.settled
  equal(body.element.textContent, "bold")
})

test("a longer text continues the present one; another one replaces it", async () => {
  const body = new BodyView(context)
  body.show("one\n\ntwo")
  body.finish()
  await body.settled
  body.show("one\n\ntwo\n\nthree")
  body.finish()
  await body.settled
  equal(body.element.textContent, "onetwothree")
  body.show("*other*")
  body.finish()
  await body.settled
  equal(body.element.innerHTML, '<div class="part"><p><em>other</em></p></div>')
})

test("a body shows a generation's growing text after the stored one, and the stored text at the end", async () => {
  const generation = new Generation({ id: "g", messageId: "m", now: 0 })
  const add = (seq, text, kind = "text") => generation.accept({ seq, kind, text }, 0)
  const body = new BodyView(context)
  add(1, "- thr")
  body.show(generation.textAfter("- one\n- two\n"))
  add(2, "only thought", "reasoning")
  body.grow()
  add(3, "ee")
  body.grow()
  equal(body.text, "- one\n- two\n- three")
  body.show("- one\n- two\n- three")
  body.finish()
  await body.settled
  equal(
    [...body.element.querySelectorAll("li")].map(({ textContent }) => textContent),
    ["one", "two", "three"],
  )
})

test("slices of a growing text equal those of the joined text", () => {
  const generation = new Generation({ id: "g", messageId: "m", now: 0 })
  const text = generation.textAfter("abc")
  generation.accept({ seq: 1, kind: "text", text: "defg" }, 0)
  equal([text.length, String(text)], [7, "abcdefg"])
  for (let from = 0; from <= 8; from += 1) {
    equal(text.slice(from), "abcdefg".slice(from))
    for (let to = from; to <= 9; to += 1) equal(text.slice(from, to), "abcdefg".slice(from, to), `${from} to ${to}:`)
  }
})

test("an answer that continues after its end is one text", async () => {
  const body = new BodyView(context)
  body.show("- one\n- t")
  body.finish()
  await body.settled
  body.show("- one\n- two\n- three")
  body.finish()
  await body.settled
  equal(
    [...body.element.querySelectorAll("li")].map(({ textContent }) => textContent),
    ["one", "two", "three"],
  )
})

test("an answer that continues while its end is painted is one text", async () => {
  const body = new BodyView(context)
  const list = Array.from({ length: 3000 }, (_, n) => `- item **${n}**\n`).join("")
  body.show(list)
  body.finish()
  await new Promise((resolve) => {
    new MutationObserver(resolve).observe(body.element, { childList: true, subtree: true })
  })
  ok(body.element.querySelectorAll("li").length < 3000, "half painted")
  body.show(`${list}- the last\n`)
  body.finish()
  await body.settled
  const items = [...body.element.querySelectorAll("li")].map(({ textContent }) => textContent)
  equal([items.length, items[0], items.at(-1)], [3001, "item 0", "the last"])
})

test("a body is aria-busy while its text is written", async () => {
  const body = new BodyView(context)
  body.show("text")
  equal(body.element.ariaBusy, "true")
  equal(body.element.dataset.finished, undefined)
  body.finish()
  await body.settled
  equal(body.element.ariaBusy, "false")
  equal(body.element.dataset.finished, "")
})

test("a footnote reference scrolls there without changing the address", async () => {
  const body = new BodyView(context, { docId: "m1" })
  document.body.append(body.element)
  body.show("text[^1]\n\n[^1]: note")
  body.finish()
  await body.settled
  const { href } = location
  const link = body.element.querySelector("sup a")
  ok(body.element.querySelector(`[id="${link.getAttribute("href").slice(1)}"]`), "there is such a note")
  link.click()
  equal(location.href, href)
  body.element.remove()
})

test("a closed body does nothing more", async () => {
  const body = new BodyView(context)
  document.body.append(body.element)
  body.show("```js\nlet a = 1\n")
  body.close()
  await body.settled
  await new Promise((resolve) => {
    requestAnimationFrame(() => requestAnimationFrame(resolve))
  })
  equal(body.element.textContent, "")
  body.element.remove()
})

test("a body shows a text that begins anew, however long it has become since", async () => {
  for (const after of ["", "Hi", "Same", "a text longer than before"]) {
    const generation = new Generation({ id: "g", messageId: "m", now: 0 })
    const body = new BodyView(context)
    generation.accept({ seq: 1, kind: "text", text: "Thin" }, 0)
    body.show(generation.textAfter("Kept. "))
    await new Promise(requestAnimationFrame)
    generation.accept({ seq: 2, kind: "text_was_reasoning", text: "" }, 0)
    if (after) generation.accept({ seq: 3, kind: "text", text: after }, 0)
    body.show(generation.textAfter("Kept. "))
    equal(body.text, `Kept. ${after}`)
    body.finish()
    await body.settled
    equal(body.element.textContent.replaceAll("\n", ""), `Kept. ${after}`.replaceAll(/\n/g, "").trim(), `“${after}”:`)
  }
})
