import { forget, hasUnsent, OwnerStorage, settle, tellLeft, watchOwner } from "../../../static/js/base/owner_storage.js"
import { FakeBrowser } from "../fake_browser.js"
import { equal, test } from "../harness.js"

const of = (tab, owner) => new OwnerStorage({ storage: tab.storage, owner })

test("what one owner stores is not seen by another, and not changed", () => {
  const tab = new FakeBrowser().tab()
  const [one, two] = [of(tab, "1"), of(tab, "2")]
  one.setItem("chatapp.draft.c/a", "x")
  equal([one.keys("chatapp.draft."), one.getItem("chatapp.draft.c/a")], [["chatapp.draft.c/a"], "x"])
  equal([two.keys("chatapp."), two.getItem("chatapp.draft.c/a")], [[], null])
  two.setItem("chatapp.draft.c/a", "y")
  two.removeItem("chatapp.draft.c/a")
  equal(one.getItem("chatapp.draft.c/a"), "x")
})

test("an owner whose id begins like another's is another one", () => {
  const tab = new FakeBrowser().tab()
  of(tab, "12").setItem("chatapp.draft.c", "x")
  equal(of(tab, "1").keys("chatapp."), [])
})

test("changes by other tabs are told with the owner's own keys, others' not at all", () => {
  const browser = new FakeBrowser()
  const [here, there] = [browser.tab(), browser.tab()]
  const heard = []
  of(here, "1").watch((key, value) => heard.push([key, value]), here.window)
  of(there, "1").setItem("chatapp.outbox.a", "x")
  of(there, "2").setItem("chatapp.outbox.b", "y")
  of(there, "1").removeItem("chatapp.outbox.a")
  equal(heard, [
    ["chatapp.outbox.a", "x"],
    ["chatapp.outbox.a", null],
  ])
})

test("what an earlier version stored goes to the owner that is signed in, once; preferences stay", () => {
  const { storage } = new FakeBrowser().tab()
  for (const key of ["draft.c/a", "outbox.1", "place.c", "model", "sendKey", "list"])
    storage.setItem(`chatapp.${key}`, key)
  equal(settle({ storages: [storage], owner: "1" }), "1")
  equal(storage.keys("chatapp.").sort(), [
    "chatapp.list",
    "chatapp.of.1.draft.c/a",
    "chatapp.of.1.model",
    "chatapp.of.1.outbox.1",
    "chatapp.of.1.place.c",
    "chatapp.owner",
    "chatapp.sendKey",
  ])
  equal(settle({ storages: [storage], owner: "2" }), "2")
  equal(of({ storage }, "2").keys("chatapp.draft."), [])
})

test("a value that the owner has is not replaced by one without an owner", () => {
  const { storage } = new FakeBrowser().tab()
  of({ storage }, "1").setItem("chatapp.model", "own")
  storage.setItem("chatapp.model", "left")
  settle({ storages: [storage], owner: "1" })
  equal([of({ storage }, "1").getItem("chatapp.model"), storage.getItem("chatapp.model")], ["own", null])
})

test("without an owner the page is that of the last one, of this tab first", () => {
  const [tab, browser] = [new FakeBrowser().tab().storage, new FakeBrowser().tab().storage]
  equal(settle({ storages: [tab, browser], owner: null }), null)
  settle({ storages: [browser], owner: "2" })
  equal(settle({ storages: [tab, browser], owner: null }), "2")
  settle({ storages: [tab], owner: "1" })
  equal(settle({ storages: [tab, browser], owner: null }), "1")
})

test("forgetting removes what the last owners of the tab and of the browser wrote, and nothing else", () => {
  const [tab, browser] = [new FakeBrowser().tab().storage, new FakeBrowser().tab().storage]
  settle({ storages: [tab, browser], owner: "1" })
  for (const owner of ["1", "2", "3"]) of({ storage: browser }, owner).setItem("chatapp.draft.c", owner)
  of({ storage: tab }, "1").setItem("chatapp.place.c", "x")
  settle({ storages: [browser], owner: "2" })
  browser.setItem("chatapp.sendKey", "enter")
  browser.setItem("chatapp.draft.c", "without an owner")
  forget([tab, browser])
  equal(tab.keys("chatapp."), [])
  equal(browser.keys("chatapp.").sort(), ["chatapp.of.3.draft.c", "chatapp.sendKey"])
})

test("a tab is told when another one shows the page of another owner, or of none", () => {
  const browser = new FakeBrowser()
  const [here, there] = [browser.tab(), browser.tab()]
  settle({ storages: [here.storage], owner: "1" })
  const heard = []
  watchOwner("1", (owner) => heard.push(owner), here.window)
  settle({ storages: [there.storage], owner: "1" })
  settle({ storages: [there.storage], owner: "2" })
  forget([there.storage])
  equal(heard, ["2", null])
  settle({ storages: [there.storage], owner: "1" })
  tellLeft(there.storage)
  equal(heard, ["2", null, null])
})

test("what a former owner wrote is the present one's, unless that has its own", () => {
  const { storage } = new FakeBrowser().tab()
  settle({ storages: [storage], owner: "1" })
  of({ storage }, "1").setItem("chatapp.draft.c/a", "of before")
  of({ storage }, "1").setItem("chatapp.model", "of before")
  of({ storage }, "2").setItem("chatapp.model", "own")
  of({ storage }, "3").setItem("chatapp.draft.c/a", "of somebody else")
  settle({ storages: [storage], owner: "2", formerly: ["1"] })
  equal(of({ storage }, "2").getItem("chatapp.draft.c/a"), "of before")
  equal(of({ storage }, "2").getItem("chatapp.model"), "own")
  equal(of({ storage }, "1").keys("chatapp."), [])
  equal(of({ storage }, "3").getItem("chatapp.draft.c/a"), "of somebody else")
})

test("unsent questions are those of the owner of the last page", () => {
  const { storage } = new FakeBrowser().tab()
  equal(hasUnsent(storage), false)
  settle({ storages: [storage], owner: "1" })
  of({ storage }, "2").setItem("chatapp.outbox.a", "{}")
  equal(hasUnsent(storage), false)
  of({ storage }, "1").setItem("chatapp.outbox.a", "{}")
  equal(hasUnsent(storage), true)
})
