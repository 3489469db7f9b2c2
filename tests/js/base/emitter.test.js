import { Emitter } from "../../../static/js/base/emitter.js"
import { equal, test } from "../harness.js"

test("a listener that fails is reported, and does not keep the others from the event", () => {
  const reported = []
  const report = (event) => {
    event.preventDefault()
    reported.push(event.error.message)
  }
  addEventListener("error", report)
  const heard = []
  const emitter = new Emitter()
  emitter
    .on("said", () => {
      throw new Error("deaf")
    })
    .on("said", (word) => heard.push(word))
  emitter.emit("said", "hello")
  removeEventListener("error", report)
  equal([heard, reported], [["hello"], ["deaf"]])
})
