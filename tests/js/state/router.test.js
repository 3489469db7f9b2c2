import { Router } from "../../../static/js/state/router.js"
import { equal, test } from "../harness.js"

/** A window whose history is a list. */
function fakeWindow(path) {
  const listeners = {}
  const entries = [path]
  const window = {
    location: { pathname: path },
    addEventListener: (name, listener) => {
      listeners[name] = listener
    },
    history: {
      pushState: (_state, _title, to) => {
        entries.push(to)
        window.location.pathname = to
      },
      replaceState: (_state, _title, to) => {
        entries[entries.length - 1] = to
        window.location.pathname = to
      },
    },
    back() {
      entries.pop()
      window.location.pathname = entries.at(-1)
      listeners.popstate()
    },
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
