import { UserScrolling } from "../../../../static/js/thread/scroll/user_scrolling.js"
import { equal, test } from "../../harness.js"

/** A thread with a paragraph, and fingers on it. */
function touched() {
  const element = document.body.appendChild(document.createElement("section"))
  const paragraph = element.appendChild(document.createElement("p"))
  let released = 0
  const user = new UserScrolling({
    element,
    released: () => {
      released += 1
    },
  })
  const fingers = []
  const tell = (name) => {
    const touches = fingers.map((identifier) => new Touch({ identifier, target: paragraph }))
    paragraph.dispatchEvent(new TouchEvent(name, { touches, bubbles: true }))
  }
  return {
    user,
    paragraph,
    released: () => released,
    put: (finger) => {
      fingers.push(finger)
      tell("touchstart")
    },
    lift: (name = "touchend") => {
      fingers.pop()
      tell(name)
    },
    close: () => element.remove(),
  }
}

test("fingers rest on the text until the last one is lifted", () => {
  const thread = touched()
  thread.put(1)
  thread.put(2)
  thread.lift()
  equal([thread.user.touches, thread.released()], [true, 0])
  thread.lift("touchcancel")
  equal([thread.user.touches, thread.released()], [false, 1])
  thread.close()
})

test("a finger on a paragraph that is painted anew meanwhile is lifted, too", () => {
  const thread = touched()
  thread.put(1)
  thread.paragraph.remove()
  thread.lift()
  equal([thread.user.touches, thread.released()], [false, 1])
  thread.close()
})
