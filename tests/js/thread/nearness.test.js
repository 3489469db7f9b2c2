import { findFarthest, findNearest, indicesAround } from "../../../static/js/thread/nearness.js"
import { equal, test } from "../harness.js"

const any = () => true

test("the nearest comes first, above before below", () => {
  const waiting = new Set([0, 3, 7, 9])
  const order = []
  for (let at; (at = findNearest(10, 5, 10, (one) => waiting.has(one))) >= 0; ) {
    order.push(at)
    waiting.delete(at)
  }
  equal(order, [3, 7, 9, 0])
})

test("the reach limits nearest and farthest", () => {
  equal(
    findNearest(100, 50, 3, (at) => at > 60),
    -1,
  )
  equal(findNearest(0, 0, 3, any), -1)
  equal(findFarthest(100, 50, 10, any), 0)
  equal(findFarthest(100, 5, 10, any), 99)
  equal(
    findFarthest(100, 50, 10, (at) => at > 45 && at < 58),
    -1,
  )
})

test("a window is filled on both sides of the centre", () => {
  equal(
    indicesAround(10, 5, 25, () => 10),
    [5, 4, 3, 2, 6, 7, 8],
  )
  equal(
    indicesAround(10, 9, 15, () => 10),
    [9, 8, 7],
  )
  equal(
    indicesAround(1, 0, 100, () => 1),
    [0],
  )
})
