import { ConversationQueue } from "../../../static/js/state/conversation_queue.js"
import { equal, test } from "../harness.js"

const question = (id, more = {}) => ({ id, parent_id: "p", content: `text of ${id}`, revision: 1, ...more })
const place = ({ id, parent_id, revision }) => ({ id, parent_id, revision })
const change = (revision, questions, changed) => ({
  queue: { revision, questions: questions.map(place) },
  ...(changed ? { question: changed } : {}),
})

function opened(...ids) {
  const queue = new ConversationQueue()
  queue.open({ revision: 3, questions: ids.map((id) => question(id)) })
  return queue
}
const texts = (queue) => queue.questions.map(({ content }) => content)

test("a new question is added, and an edited one has its new text", () => {
  const queue = opened("a")
  equal(queue.apply(change(4, [question("a"), question("b")], question("b"))), "changed")
  const edited = question("a", { revision: 2, content: "better" })
  equal(queue.apply(change(5, [edited, question("b")], edited)), "changed")
  equal(texts(queue), ["better", "text of b"])
})

test("another order, another place and a removal need no text", () => {
  const queue = opened("a", "b", "c")
  equal(queue.apply(change(4, [question("c"), question("a", { parent_id: "q" })])), "changed")
  equal(
    queue.questions.map(({ id, parent_id }) => [id, parent_id]),
    [
      ["c", "p"],
      ["a", "q"],
    ],
  )
  equal(texts(queue), ["text of c", "text of a"])
})

test("what is repeated or late changes nothing", () => {
  const queue = opened("a")
  equal([queue.apply(change(3, [])), queue.apply(change(2, []))], ["old", "old"])
  equal(texts(queue), ["text of a"])
})

test("a missing event, an unknown question and an unknown text are gaps", () => {
  const queue = opened("a")
  equal(queue.apply(change(5, [question("a")])), "gap")
  equal(queue.apply(change(4, [question("a"), question("b")])), "gap")
  equal(queue.apply(change(4, [question("a", { revision: 2 })])), "gap")
  equal(texts(queue), ["text of a"])
  equal(queue.apply(change(4, [])), "changed")
})
