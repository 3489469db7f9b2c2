import { warmUp } from "../../../static/js/markdown/warm_up.js"
import { equal, ok, test } from "../harness.js"

const idle = () =>
  new Promise((resolve) => {
    requestIdleCallback(resolve)
  })

test("warming up waits for idle time and leaves no trace in the page", async () => {
  document.documentElement.style.cssText = "--sans: serif; --mono: monospace; font-size: 20px"
  const before = document.documentElement.outerHTML
  const fonts = []
  const font = Object.getOwnPropertyDescriptor(CanvasRenderingContext2D.prototype, "font")
  Object.defineProperty(CanvasRenderingContext2D.prototype, "font", {
    ...font,
    set(value) {
      font.set.call(this, value)
      fonts.push(font.get.call(this))
    },
  })
  let parsed = ""
  warmUp((text) => {
    parsed = text
  })
  equal([parsed, fonts.length], ["", 0])
  while (fonts.length < 32) await idle()
  Object.defineProperty(CanvasRenderingContext2D.prototype, "font", font)
  equal(document.documentElement.outerHTML, before)
  document.documentElement.removeAttribute("style")
  ok(parsed.includes("|---|"))
  ok(fonts.includes("600 20px serif") && fonts.includes("17.2px monospace"), fonts.join())
})
