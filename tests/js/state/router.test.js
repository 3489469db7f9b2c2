import { Router } from "../../../static/js/state/router.js"
import { equal, test } from "../harness.js"

/** A window whose history is a list. */
function fakeWindow(path) {
  const listeners = {}
  const entries = [path]
  const states = [null]
  const window = {
    location: { pathname: path },
    addEventListener: (name, listener) => {
      listeners[name] = listener
    },
    history: {
      get state() {
        return states.at(-1)
      },
      pushState: (state, _title, to = window.location.pathname) => {
        entries.push(to)
        states.push(state)
        window.location.pathname = to
      },
      replaceState: (state, _title, to) => {
        entries[entries.length - 1] = to
        states[states.length - 1] = state
        window.location.pathname = to
      },
      go: (by) => window.back(-by),
    },
    back(by = 1) {
      entries.splice(-by)
      states.splice(-by)
      window.location.pathname = entries.at(-1)
      listeners.popstate()
    },
    leave: () => listeners.beforeunload(),
    setTimeout: (act) => globalThis.setTimeout(act),
    entries,
  }
  return window
}

function routed(path) {
  const window = fakeWindow(path)
  const router = new Router(window)
  const seen = []
  router.on("changed", (id) => seen.push(id))
  return { window, router, seen }
}

test("an address names a conversation, or none", () => {
  equal(routed("/").router.id, null)
  equal(routed("/c/0198-a").router.id, "0198-a")
  equal(routed("/c/a/b").router.id, null)
})

test("navigating adds a history entry", () => {
  const { window, router, seen } = routed("/")
  router.go("one")
  router.go("two")
  window.back()
  window.back()
  equal(seen, ["one", "two", "one", null])
})

test("navigating to the present address adds none", () => {
  const { window, router } = routed("/c/one")
  router.go("one")
  equal(window.entries, ["/c/one"])
})

test("a new conversation replaces the empty page in the history", () => {
  const { window, router, seen } = routed("/")
  router.rename("new")
  equal(window.entries, ["/c/new"])
  equal(seen, [])
})

test("Back closes what lies over the page, and shows no other conversation", () => {
  const { window, router, seen } = routed("/c/one")
  const closed = []
  router.cover(() => closed.push("drawer"))
  window.back()
  equal([closed, seen, window.entries], [["drawer"], [], ["/c/one"]])
})

test("a conversation that is chosen from the drawer takes its entry", () => {
  const { window, router, seen } = routed("/c/one")
  const uncover = router.cover(() => {})
  uncover()
  router.go("two")
  equal(window.entries, ["/c/one", "/c/two"])
  window.back()
  equal(seen, ["two", "one"])
})

test("a conversation that is chosen while the history goes back to the page is shown at once, and is in its place then", () => {
  const { window, router, seen } = routed("/c/one")
  const go = window.history.go
  let goBack = null
  window.history.go = (by) => {
    goBack = () => go(by)
  }
  const laters = []
  window.setTimeout = (act) => laters.push(act)
  const uncover = router.cover(() => {})
  uncover()
  for (const act of laters) act()
  router.go("two")
  router.go("three")
  equal(
    [seen, window.entries],
    [
      ["two", "three"],
      ["/c/one", "/c/one"],
    ],
  )
  goBack()
  equal([seen, router.id, window.entries], [["two", "three"], "three", ["/c/one", "/c/three"]])
})

test("a page that is being left is told to its layers", () => {
  const { window, router } = routed("/c/one")
  const laters = []
  window.setTimeout = (act) => laters.push(act)
  const uncover = router.cover(() => {})
  window.leave()
  uncover()
  for (const act of laters) act()
  equal(window.entries, ["/c/one", "/c/one"])
})

test("a conversation that got its id under the drawer keeps it when that closes", () => {
  const { window, router, seen } = routed("/")
  router.cover(() => {})
  router.rename("new")
  window.back()
  equal([router.id, seen, window.entries], ["new", [], ["/c/new"]])
})
