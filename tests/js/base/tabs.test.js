import { BrowserTabs } from "../../../static/js/base/tabs.js"
import { FakeBrowser } from "../fake_browser.js"
import { equal, ok, test } from "../harness.js"

/** A tab with its own session storage, unless it is duplicated. */
function tab({ storage = new FakeBrowser().tab().storage, locks = navigator.locks } = {}) {
  const place = new FakeBrowser().tab()
  const leave = () => place.listeners.pagehide()
  return {
    tabs: new BrowserTabs({ storage, locks, window: place.window }),
    storage,
    leave,
    come: () => place.listeners.pageshow(),
  }
}

test("a tab's id survives a reload, and a duplicated tab gets another", () => {
  const { tabs, storage, leave, come } = tab()
  const duplicate = tab({ storage }).tabs
  ok(duplicate.id !== tabs.id, "a duplicate is another:")
  leave()
  equal(tab({ storage }).tabs.id, tabs.id)
  leave()
  come()
  ok(tab({ storage }).tabs.id !== tabs.id, "back from the browser's memory it is its own again:")
})

test("open tabs are listed", async () => {
  const [one, other] = [tab().tabs, tab().tabs]
  const open = await one.openIds()
  ok(open.has(one.id) && open.has(other.id))
  equal(open.has("closed"), false)
})

test("an exclusive job runs in one tab at a time", async () => {
  const [one, other] = [tab().tabs, tab().tabs]
  const story = []
  const job = (name) => async () => {
    story.push(`${name} begins`)
    await new Promise((resolve) => {
      setTimeout(resolve)
    })
    story.push(`${name} ends`)
  }
  await Promise.all([one.runExclusively("job", job("one")), other.runExclusively("job", job("other"))])
  equal(story, ["one begins", "one ends", "other begins", "other ends"])
})

test("without locks a tab knows only itself", async () => {
  const { tabs } = tab({ locks: null })
  equal([...(await tabs.openIds())], [tabs.id])
  equal(await tabs.runExclusively("job", () => "done"), "done")
})
