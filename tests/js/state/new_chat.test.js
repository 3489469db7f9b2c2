import { NewChat } from "../../../static/js/state/new_chat.js"
import { equal, test } from "../harness.js"

/** What is reset by an action while these entries are unsent. */
function resetBy(action, ...states) {
  const reset = []
  const resettable = (name) => ({ forget: () => reset.push(name) })
  const outbox = { list: () => states.map((state) => ({ state })), setAside: () => states[0] === "sending" }
  new NewChat({ outbox, settings: resettable("settings"), models: resettable("model") })[action]()
  return reset
}

test("choices for a new conversation are reset once its first message is being sent", () => {
  for (const action of ["leave", "setAside"]) {
    equal(resetBy(action, "sending"), ["settings", "model"])
    equal([resetBy(action), resetBy(action, "failed")], [[], []], `${action}, with nothing being sent:`)
  }
})
