import { PlainBody } from "../../../../static/js/thread/message/plain_body.js"
import { equal, ok, seeded, test } from "../../harness.js"

test("the DOM contains exactly the text, however it was split", () => {
  const random = seeded(7)
  const body = new PlainBody()
  let whole = ""
  for (let n = 0; n < 3000; n += 1) {
    const piece = ["글 ", "word", "\n", "\n\n", "<b>&amp;", "😀"][random(6)]
    whole += piece
    body.append(piece)
  }
  equal(body.element.textContent, whole)
  equal(body.text, whole)
  equal(body.element.querySelector("b"), null, "markup is text:")
})

test("a text that continues the present one keeps its nodes", () => {
  const body = new PlainBody()
  body.append("one ")
  const [first] = body.element.children
  body.show("one two")
  ok(body.element.children[0] === first)
  equal(body.element.textContent, "one two")
  body.show("other")
  equal(body.element.textContent, "other")
})

test("appending touches one block only", () => {
  const body = new PlainBody()
  for (let n = 0; n < 2000; n += 1) body.append(`line ${n}\n`)
  const sizes = Array.from(body.element.children, ({ textContent }) => textContent.length)
  ok(sizes.length > 10, `blocks: ${sizes.length}`)
  ok(Math.max(...sizes) < 1100, `longest: ${Math.max(...sizes)}`)
})
