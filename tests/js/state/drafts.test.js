import { Drafts } from "../../../static/js/state/drafts.js"
import { FakeBrowser } from "../fake_browser.js"
import { equal, ok, seeded, test } from "../harness.js"

/** A tab's drafts; the test runs deferred work. */
function draftsOf(browser, tab) {
  const place = browser.tab()
  const waiting = []
  const drafts = new Drafts({
    storage: place.storage,
    channel: place.channel("drafts"),
    tab,
    now: () => ++clock,
    later: (act) => waiting.push(act),
  })
  const seen = []
  drafts.on("changed", (id, text) => seen.push([id, text]))
  const pass = () => {
    for (const act of waiting.splice(0)) act()
  }
  return {
    drafts,
    seen,
    pass,
    close: () => {
      drafts.flush()
      place.close()
    },
  }
}

let clock = 0

test("drafts are kept per conversation, also for a new one, and survive reloads", () => {
  const browser = new FakeBrowser()
  const { drafts, close } = draftsOf(browser, "a")
  drafts.set("c", "안녕")
  drafts.set(null, "hello")
  close()
  const after = draftsOf(browser, "a").drafts
  equal([after.get("c"), after.get(null), after.get("other")], ["안녕", "hello", ""])
})

test("other tabs follow typing and sending, in either direction", () => {
  const browser = new FakeBrowser()
  const [a, b] = [draftsOf(browser, "a"), draftsOf(browser, "b")]
  equal(b.drafts.get("c"), "")
  a.drafts.set("c", "one")
  a.pass()
  equal(b.seen, [["c", "one"]])
  b.drafts.set("c", "one two")
  b.pass()
  equal([a.drafts.get("c"), browser.keys], ["one two", ["chatapp.draft.c/b"]])
  a.drafts.set("c", "")
  equal([b.drafts.get("c"), browser.keys], ["", []])
})

test("changes are broadcast with a delay, and the last one always", () => {
  const browser = new FakeBrowser()
  const [a, b] = [draftsOf(browser, "a"), draftsOf(browser, "b")]
  equal(b.drafts.get("c"), "")
  for (const text of ["t", "te", "tex", "text"]) a.drafts.set("c", text)
  equal([b.seen, browser.keys], [[], []])
  a.drafts.flush()
  equal(b.seen, [["c", "text"]])
})

test("a draft being typed is not replaced until the typing pauses", () => {
  const browser = new FakeBrowser()
  const [a, b] = [draftsOf(browser, "a"), draftsOf(browser, "b")]
  a.drafts.set("c", "x")
  a.pass()
  let typing = true
  a.drafts.busy = () => typing
  for (const text of ["xy", "xyz"]) {
    b.drafts.set("c", text)
    b.pass()
  }
  equal(a.drafts.get("c"), "x")
  typing = false
  a.pass()
  equal(
    [a.drafts.get("c"), a.seen],
    [
      "xyz",
      [
        ["c", "xy"],
        ["c", "xyz"],
      ],
    ],
  )
})

test("two tabs with different drafts keep their own, over reloads and sends", () => {
  const browser = new FakeBrowser()
  const [a, b] = [draftsOf(browser, "a"), draftsOf(browser, "b")]
  a.drafts.set("c", "what a wants")
  b.drafts.set("c", "what b wants")
  a.pass()
  b.pass()
  equal([a.drafts.get("c"), b.drafts.get("c")], ["what a wants", "what b wants"])
  a.close()
  b.close()
  const [again, other] = [draftsOf(browser, "a"), draftsOf(browser, "b")]
  equal([again.drafts.get("c"), other.drafts.get("c")], ["what a wants", "what b wants"])
  again.drafts.set("c", "")
  equal(other.drafts.get("c"), "what b wants")
})

test("the draft of a closed tab is found by the next tab without one", () => {
  const browser = new FakeBrowser()
  const [a, b] = [draftsOf(browser, "a"), draftsOf(browser, "b")]
  a.drafts.set("c", "mine")
  b.drafts.set("c", "yours")
  a.pass()
  b.close()
  a.drafts.set("c", "")
  a.close()
  equal(draftsOf(browser, "d").drafts.get("c"), "yours")
})

test("the draft of a new conversation moves along when it gets its id", () => {
  const browser = new FakeBrowser()
  const { drafts, pass } = draftsOf(browser, "a")
  drafts.set(null, "the next question")
  drafts.move(null, "c")
  pass()
  equal([drafts.get(null), drafts.get("c"), browser.keys], ["", "the next question", ["chatapp.draft.c/a"]])
})

test("the draft of a deleted conversation is appended once, whichever tab moves it", () => {
  const browser = new FakeBrowser()
  const [a, b] = [draftsOf(browser, "a"), draftsOf(browser, "b")]
  equal([b.drafts.get("c"), b.drafts.get(null)], ["", ""])
  a.drafts.set(null, "there")
  a.drafts.set("c", "half a thought")
  a.pass()
  a.drafts.move("c", null)
  b.drafts.move("c", null)
  const whole = "there\nhalf a thought"
  equal([a.drafts.get(null), b.drafts.get(null), a.drafts.get("c")], [whole, whole, ""])
  equal(browser.keys, ["chatapp.draft.new/a"])
})

test("two tabs that reach the same text at once keep it over a reload", () => {
  const browser = new FakeBrowser()
  const [a, b] = [draftsOf(browser, "a"), draftsOf(browser, "b")]
  let typing = true
  for (const { drafts } of [a, b]) {
    drafts.busy = () => typing
    drafts.set("c", "the same")
    drafts.flush()
  }
  typing = false
  a.pass()
  b.pass()
  equal([a.drafts.get("c"), b.drafts.get("c"), browser.keys], ["the same", "the same", ["chatapp.draft.c/a"]])
})

test("unreadable drafts are ignored", () => {
  const browser = new FakeBrowser()
  browser.tab().storage.setItem("chatapp.draft.c/x", "{")
  equal(draftsOf(browser, "a").drafts.get("c"), "")
})

test("no tab loses its last text, whatever three tabs type", () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const below = seeded(seed)
    const browser = new FakeBrowser()
    const tabs = ["a", "b", "c"].map((name) => ({ name, ...draftsOf(browser, name) }))
    for (let at = 0; at < 200; at += 1) {
      const { name, drafts, pass } = tabs[below(3)]
      if (below(2)) drafts.set("c", drafts.get("c") + name + below(10))
      else pass()
    }
    for (const { pass } of [...tabs, ...tabs]) pass()
    const shown = tabs.map(({ drafts }) => drafts.get("c"))
    for (const { close } of tabs) close()
    const { storage } = browser.tab()
    const kept = browser.keys.map((key) => JSON.parse(storage.getItem(key)).text)
    for (const text of shown)
      ok(
        kept.some((one) => one.startsWith(text)),
        `seed ${seed}: ${text} of ${kept}`,
      )
  }
})
