import { Drafts } from "../../../../static/js/state/drafts.js"
import { EditDrafts } from "../../../../static/js/thread/message/editing.js"
import { FakeBrowser } from "../../fake_browser.js"
import { equal, test } from "../../harness.js"

function tab(browser, name) {
  const { storage, channel } = browser.tab()
  const drafts = new Drafts({ storage, channel: channel("drafts"), tab: name, now: () => 1, later: () => {} })
  const edits = new EditDrafts({ drafts })
  const seen = []
  edits.on("changed", (...what) => seen.push(what))
  return { drafts, edits, seen }
}

test("edits are kept per message, apart from drafts", () => {
  const browser = new FakeBrowser()
  const { drafts, edits } = tab(browser, "a")
  edits.set("m", "half an edit")
  drafts.set("m", "a new question")
  drafts.flush()
  const after = tab(browser, "a")
  equal([after.edits.get("m"), after.drafts.get("m"), after.edits.get("other")], ["half an edit", "a new question", ""])
})

test("other tabs follow edits only", () => {
  const browser = new FakeBrowser()
  const [a, b] = [tab(browser, "a"), tab(browser, "b")]
  equal(b.edits.get("m"), "")
  a.edits.set("m", "half")
  a.drafts.set(null, "hello")
  a.drafts.set("c", "hello")
  a.drafts.flush()
  a.edits.set("m", "")
  equal(b.seen, [
    ["m", "half"],
    ["m", ""],
  ])
})
