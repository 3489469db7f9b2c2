import { QueueActions } from "../../../static/js/state/queue_actions.js"
import { equal, test } from "../harness.js"

const question = { id: "q", content: "known text", client_message_id: "k", revision: 2 }

function actions(answer, messages = []) {
  const sent = []
  const problems = []
  const connection = {
    command: async (name, payload) => {
      sent.push([name, payload])
      const result = answer()
      if (result.code) throw result
      return result
    },
  }
  const one = new QueueActions({
    connection: /** @type {any} */ (connection),
    conversation: /** @type {any} */ ({ messages }),
  })
  one.on("problem", ({ code }) => problems.push(code))
  return { one, sent, problems }
}

test("an edit names the text that it replaces, and says how it went", async () => {
  const codes = { saved: null, conflict: "conflict", gone: "not_found", refused: "too_large" }
  for (const [result, code] of Object.entries(codes)) {
    const { one, sent, problems } = actions(() => (code ? { code } : { queued: { revision: 3 } }))
    equal(await one.edit(question, "new"), result === "saved" ? { result, revision: 3 } : { result })
    equal(sent, [["edit_queued", { queued_id: "q", revision: 2, content: "new" }]])
    equal(problems, result === "refused" ? [code] : [])
  }
})

test("a question that is taken back comes with its newest text", async () => {
  const { one } = actions(() => ({ queued: { content: "newest" } }))
  equal(await one.takeBack(question), "newest")
})

test("a question whose first ack was lost comes back, one that was sent does not", async () => {
  const gone = () => ({ code: "not_found" })
  equal(await actions(gone).one.takeBack(question), "known text")
  const { one, problems } = actions(gone, [{ client_message_id: "k" }])
  equal([await one.takeBack(question), problems], [null, ["not_found"]])
})

test("what was sent meanwhile is no problem to who wants to send or move it", async () => {
  const { one, problems } = actions(() => ({ code: "not_found" }))
  equal([await one.sendNow(question), await one.move(question, null), problems], [false, false, []])
})
