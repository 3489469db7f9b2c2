import { Drawing } from "../../../static/js/diagram/drawing.js"
import { equal, settled, test } from "../harness.js"

/** A renderer that records the requests. */
function renderer() {
  const requests = []
  return {
    requests,
    draw: (_diagram, wanted) =>
      new Promise(() => {
        requests.push(wanted)
      }),
  }
}

const drawing = (one) =>
  new Drawing({ source: "graph TD", title: "", drawn: () => {}, failed: () => {}, renderer: one })

async function changeTheme() {
  document.documentElement.dataset.theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark"
  await settled()
}

test("a diagram in the document is redrawn in new colours, a detached one is not", async () => {
  const [shown, gone] = [renderer(), renderer()]
  const [one, two] = [drawing(shown), drawing(gone)]
  document.body.append(one.element)
  await changeTheme()
  equal([shown.requests.length, gone.requests.length], [2, 1])
  equal(
    shown.requests.map((wanted) => wanted()),
    [false, true],
  )
  one.close()
  two.close()
})

test("a closed diagram is not drawn again", async () => {
  const one = renderer()
  const closed = drawing(one)
  document.body.append(closed.element)
  closed.close()
  await changeTheme()
  equal(
    one.requests.map((wanted) => wanted()),
    [false],
  )
  equal(closed.element.isConnected, false)
})

test("a diagram is redrawn when it returns to the document", async () => {
  const one = renderer()
  const back = drawing(one)
  await changeTheme()
  document.body.append(back.element)
  dispatchEvent(new MessageEvent("message", { source: back.element.contentWindow, data: { ready: true } }))
  equal(one.requests.length, 2)
  back.close()
})
