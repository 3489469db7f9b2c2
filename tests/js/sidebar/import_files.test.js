import { ImportFiles } from "../../../static/js/sidebar/import_files.js"
import { packFiles, reduceZip } from "../../../static/js/sidebar/zip_file.js"
import { equal, ok, test } from "../harness.js"

const t = (key, values) => [key, ...Object.values(values ?? {})].join(" ")
const file = (name, text = "[]", type = "") => new File([text], name, { type })

/** The names and texts of a zip whose files are stored as they are. */
async function entriesOf(blob) {
  const view = new DataView(await blob.arrayBuffer())
  const found = {}
  let at = 0
  while (view.getUint32(at, true) === 0x04034b50) {
    const [size, name] = [view.getUint32(at + 18, true), view.getUint16(at + 26, true)]
    const text = (from, length) => new TextDecoder().decode(new Uint8Array(view.buffer, from, length))
    found[text(at + 30, name)] = text(at + 30 + name, size)
    at += 30 + name + size
  }
  return found
}

const prepare = (...files) => new ImportFiles({ t }).prepare(files)
const names = ({ uploads }) => uploads.map(({ name }) => name)

test("a zip is sent without its pictures", async () => {
  const zip = await packFiles([
    file("export/conversations-000.json", '["대화"]'),
    file("export/conversations-001.json"),
    file("export/conversation_asset_file_names.json", "{}"),
    file("export/file_1.dat", "x".repeat(1000)),
    file("export/chat.html", "<html>"),
    file("export/user.json", "{}"),
  ])
  const { uploads } = await prepare(new File([zip], "export.zip"))
  equal(await entriesOf(uploads[0].body), {
    "export/conversations-000.json": '["대화"]',
    "export/conversations-001.json": "[]",
    "export/conversation_asset_file_names.json": "{}",
  })
  equal(uploads[0].type, "application/zip")
})

test("a zip without the known names is sent with all its JSON files and zips", async () => {
  const zip = await packFiles([file("a.json"), file("inner.zip", "PK"), file("users.json"), file("__MACOSX/._a.json")])
  equal(Object.keys(await entriesOf(await reduceZip(zip))), ["a.json", "inner.zip"])
})

test("a broken zip is sent as it is, and the server says what is wrong", async () => {
  const { uploads } = await prepare(file("broken.zip", "PK\u0003\u0004"))
  equal([names({ uploads }), await uploads[0].body.text()], [["broken.zip"], "PK\u0003\u0004"])
})

test("an entry whose sizes follow its data is copied", async () => {
  const zip = new Uint8Array(await (await packFiles([file("conversations.json", '["a"]')])).arrayBuffer())
  zip[6] |= 8 // In the local header, whose sizes are then zero.
  zip.fill(0, 14, 26)
  const central = zip.length - 22 - 46 - "conversations.json".length
  zip[central + 8] |= 8
  equal(await entriesOf(await reduceZip(new Blob([zip]))), { "conversations.json": '["a"]' })
})

test("the files of an unpacked export are sent together", async () => {
  const prepared = await prepare(
    file("conversations-000.json", "[1]"),
    file("conversations-001.json", "[2]"),
    file("conversation_asset_file_names.json", "{}"),
    file("user.json"),
    file("file_1.dat"),
    file("chat.html"),
  )
  equal(names(prepared), ["conversations-000.json"])
  equal(Object.values(await entriesOf(prepared.uploads[0].body)), ["[1]", "[2]", "{}"])
})

test("Claude's manifest and other zips are left out beside the conversations", async () => {
  const zip = await packFiles([file("conversations.json")])
  const prepared = await prepare(
    file("manifest-1.json", "{}"),
    new File([zip], "conversations-000.zip"),
    file("projects-000.zip"),
    file("light_metadata-000.zip"),
  )
  equal(names(prepared), ["conversations-000.zip"])
  equal(names(await prepare(file("manifest-1.json", "{}"))), ["manifest-1.json"], "alone, the server explains it")
})

test("files of different chats are sent one by one", async () => {
  equal(names(await prepare(file("a.json"), file("b", "{}", "application/json"), file("notes.txt"))), ["a.json", "b"])
})

test("files that are too large or of another kind are refused unread", async () => {
  const large = { name: "large.json", type: "", size: 64 * 1024 * 1024 + 1 }
  equal(await prepare(large), { uploads: [], problem: "importTooLarge large.json 64" })
  equal(await prepare(file("photo.png")), { uploads: [], problem: "filesLater photo.png" })
  equal(await prepare(file("여행.md")), { uploads: [], problem: "importMarkdown 여행.md" })
})

test("a packed zip can be read by others", async () => {
  const blob = await packFiles([file("a.json", "123456789")])
  const view = new DataView(await blob.arrayBuffer())
  equal(view.getUint32(14, true), 0xcbf43926, "the checksum of 123456789")
  ok(blob.type === "application/zip")
})
