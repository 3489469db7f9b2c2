import { trackOnScreenKeyboard } from "../../../static/js/ui/on_screen_keyboard.js"
import { equal, test } from "../harness.js"

/** A phone whose keyboard is controlled by the test. */
function phone() {
  const listeners = {}
  const viewport = {
    height: 800,
    scale: 1,
    offsetTop: 0,
    addEventListener: (name, act) => {
      listeners[name] = act
    },
  }
  const scrolls = []
  const root = document.createElement("div")
  trackOnScreenKeyboard(root, { window: { innerHeight: 800, scrollTo: (...to) => scrolls.push(to) }, viewport })
  const become = (fields) => {
    Object.assign(viewport, fields)
    listeners.resize()
    return root.style.getPropertyValue("--keyboard")
  }
  return { become, scrolls }
}

test("the covered height is set as a custom property", () => {
  const { become } = phone()
  equal([become({ height: 460 }), become({ height: 800 })], ["340px", "0px"])
})

test("a browser toolbar or a zoomed page is no keyboard", () => {
  const { become } = phone()
  equal([become({ height: 750 }), become({ height: 400, scale: 2 })], ["0px", "0px"])
})

test("the page is scrolled back", () => {
  const { become, scrolls } = phone()
  become({ height: 460, offsetTop: 120 })
  become({ height: 800, offsetTop: 0 })
  equal(scrolls, [[0, 0]])
})
