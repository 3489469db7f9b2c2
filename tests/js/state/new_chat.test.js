import { NewChat } from "../../../static/js/state/new_chat.js"
import { equal, test } from "../harness.js"

/** What is reset by an action while these entries are unsent. */
function forgottenBy(deed, ...states) {
  const forgotten = []
  const keeper = (name) => ({ forget: () => forgotten.push(name) })
  const outbox = { list: () => states.map((state) => ({ state })), setAside: () => states[0] === "sending" }
  new NewChat({ outbox, settings: keeper("settings"), models: keeper("model") })[deed]()
  return forgotten
}

test("choices for a new conversation are reset once its first message is being sent", () => {
  for (const deed of ["leave", "setAside"]) {
    equal(forgottenBy(deed, "sending"), ["settings", "model"])
    equal([forgottenBy(deed), forgottenBy(deed, "failed")], [[], []], `${deed}, with nothing on its way:`)
  }
})
