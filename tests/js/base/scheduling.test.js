import { IdleWork } from "../../../static/js/base/scheduling.js"
import { equal, ok, test } from "../harness.js"

test("idle work runs in slices and is started only once", () => {
  const queue = []
  let done = 0
  const work = () => {
    const end = performance.now() + 3
    while (performance.now() < end);
    done += 1
    return done < 20
  }
  const idle = new IdleWork(work, { later: (act) => queue.push(act) })
  idle.start()
  idle.start()
  equal(queue.length, 1)
  let rounds = 0
  while (queue.length > 0) {
    queue.shift()()
    rounds += 1
  }
  equal(done, 20)
  ok(rounds > 3, `${rounds} slices`)
})
