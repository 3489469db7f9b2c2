import { ChunkSizer } from "../../../static/js/markdown/chunk_sizer.js"
import { equal, ok, test } from "../harness.js"

/** Process a text on a device with this time per character; returns the chunk lengths. */
function taken(length, msEach) {
  const sizer = new ChunkSizer()
  const steps = []
  for (let rest = length; rest > 0; ) {
    const step = Math.min(rest, sizer.size)
    sizer.record(step, step * msEach)
    steps.push(step)
    rest -= step
  }
  return steps
}

test("a fast device gets larger and larger chunks", () => {
  equal(taken(20_000, 0.001), [250, 375, 563, 845, 1268, 1902, 2853, 4000, 4000, 3944])
})

test("a slow device gets chunks for short tasks", () => {
  const steps = taken(20_000, 0.02)
  equal(steps.slice(0, 5), [250, 375, 563, 845, 845])
  ok(
    steps.slice(4, -1).every((step) => step === 845),
    steps,
  )
})

test("one slow step with little text does not reduce the size to nothing", () => {
  const sizer = new ChunkSizer()
  sizer.record(20, 60)
  equal(sizer.size, 250)
  sizer.record(100, 5)
  equal(sizer.size, 250, "what was not full says nothing")
  sizer.record(250, 5)
  equal(sizer.size, 375)
})
