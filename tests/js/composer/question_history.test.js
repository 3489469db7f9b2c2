import { QuestionHistory } from "../../../static/js/composer/question_history.js"
import { equal, test } from "../harness.js"

test("steps lead to older questions, and back to the empty box", () => {
  const recall = new QuestionHistory()
  recall.begin(["third", "second", "first"])
  equal(recall.active, false)
  equal([recall.step(1), recall.step(1), recall.place], ["third", "second", { n: 2, total: 3 }])
  equal([recall.step(1), recall.step(1), recall.active], ["first", null, true])
  equal([recall.step(-1), recall.step(-1), recall.step(-1), recall.active], ["second", "third", "", false])
})

test("without questions there is nothing to recall", () => {
  const recall = new QuestionHistory()
  recall.begin([])
  equal([recall.step(1), recall.active], [null, false])
})

test("after leaving, recall starts at the newest question", () => {
  const recall = new QuestionHistory()
  recall.begin(["b", "a"])
  recall.step(1)
  recall.leave()
  equal(recall.active, false)
  recall.begin(["b", "a"])
  equal(recall.step(1), "b")
})
