import { DropZone } from "../../../static/js/sidebar/drop_zone.js"
import { equal, settled, test } from "../harness.js"

/** A zone that is told of what is dropped on `target`. */
function zone() {
  const target = new EventTarget()
  const overlay = document.createElement("div")
  overlay.append(document.createElement("p"))
  const taken = []
  new DropZone(
    /** @type {any} */ ({
      overlay,
      text: "",
      dropped: (files) => taken.push(files.map(({ name }) => name)),
      unreadable: () => taken.push("unreadable"),
      target,
    }),
  )
  return {
    taken,
    drop: async (entries) => {
      const items = entries.map((entry) => ({ webkitGetAsEntry: () => entry }))
      const dataTransfer = { types: ["Files"], items, files: [] }
      target.dispatchEvent(Object.assign(new Event("drop"), { dataTransfer }))
      await settled()
      await settled()
    },
  }
}

const file = (name) => ({ isFile: true, isDirectory: false, file: (done) => done(new File([], name)) })
const lost = { isFile: true, isDirectory: false, file: (_done, failed) => failed(new DOMException("gone")) }

/** A folder whose files are told in two parts. */
const folder = (...entries) => ({
  isDirectory: true,
  createReader: () => {
    const parts = [entries.slice(0, 1), entries.slice(1), []]
    return { readEntries: (done) => done(parts.shift()) }
  },
})

test("files in folders are taken", async () => {
  const { taken, drop } = zone()
  await drop([folder(file("a.json"), folder(file("b.json"))), file("c.json")])
  equal(taken, [["a.json", "b.json", "c.json"]])
})

test("a folder that cannot be read is told", async () => {
  const { taken, drop } = zone()
  await drop([folder(file("a.json"), lost)])
  equal(taken, ["unreadable"])
})
