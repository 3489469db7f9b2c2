import { BackLayers } from "../../../static/js/state/back_layers.js"
import { equal, seeded, test } from "../harness.js"

/** A browser's history, whose traversals are reported later, and layers over a page in it. */
function covered(...states) {
  const entries = [null, ...(states.length > 0 ? states : [null])]
  let at = entries.length - 1
  const popped = []
  const laters = []
  const history = {
    get state() {
      return entries[at]
    },
    pushState: (next) => {
      entries.splice(at + 1)
      at = entries.push(next) - 1
    },
    go: (by) => laters.push(() => travel(by)),
  }
  const layers = new BackLayers({ history, later: (act) => laters.push(act) })
  function travel(by) {
    at = Math.max(0, at + by)
    popped.push(layers.popped())
  }
  const open = []
  return {
    open,
    popped,
    /** Open a layer; returns what closes it by its own means. */
    add: (name) => {
      const gone = layers.add(() => open.splice(open.indexOf(name), 1))
      open.push(name)
      return () => {
        open.splice(open.indexOf(name), 1)
        gone()
      }
    },
    back: () => travel(-1),
    leave: () => layers.leave(),
    /** Let everything that waits happen. */
    settle: () => {
      while (laters.length > 0) laters.shift()()
    },
    get depth() {
      return at
    },
  }
}

test("Back closes what was opened last, and then leaves the page", () => {
  const page = covered()
  page.add("drawer")
  page.add("menu")
  page.back()
  equal(page.open, ["drawer"])
  page.back()
  equal([page.open, page.depth], [[], 1])
  page.back()
  equal([page.popped, page.depth], [[true, true, false], 0])
})

test("what is closed otherwise leaves no entry behind", () => {
  const page = covered()
  const close = page.add("drawer")
  close()
  page.settle()
  equal([page.depth, page.popped], [1, [true]])
})

test("what opens in place of another takes its entry", () => {
  const page = covered()
  page.add("menu")()
  page.add("settings")
  page.settle()
  equal([page.depth, page.popped], [2, []])
  page.back()
  equal(page.open, [])
})

test("after a reload the entry that is there is used", () => {
  const page = covered({ over: 1 })
  page.add("settings")
  equal(page.depth, 1)
})

test("after a reload nothing lies over the page, and no entry is left for it", () => {
  const page = covered(null, { over: 1 }, { over: 2 })
  page.settle()
  equal([page.depth, page.popped], [1, [true]])
})

test("what closes while the page is being left does not go back, which would end that", () => {
  const page = covered()
  const close = page.add("dialog")
  page.leave()
  close()
  page.settle()
  equal([page.depth, page.popped], [2, []])
  page.add("menu")()
  page.settle()
  equal([page.depth, page.popped], [1, [true]], "if it was not left after all, the next layer brings it in line:")
})

test("whatever is opened and closed in whatever order, there is an entry for each layer", () => {
  const next = seeded(7)
  const page = covered()
  const closers = new Map()
  for (let step = 0; step < 400; step += 1) {
    const name = `layer ${step}`
    const act = next(4)
    if (act === 0) closers.set(name, page.add(name))
    else if (act === 1 && page.open.length > 0) closers.get(page.open[next(page.open.length)])()
    else if (act === 2) page.settle()
    else if (page.open.length > 0) {
      page.settle()
      page.back()
    }
    if (step % 20 === 19) {
      page.settle()
      equal(page.depth, 1 + page.open.length, `step ${step}:`)
    }
  }
})
