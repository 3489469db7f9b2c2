/**
 * Zips as far as an import needs them: a downloaded export is mostly pictures, which need not be uploaded. Nothing is
 * unpacked here; entries are copied as they are.
 */

/**
 * One file of a zip; `data` as it is stored.
 * @typedef {{ name: Uint8Array<ArrayBuffer>, flags: number, method: number, crc: number, size: number, data: Blob }} ZipEntry
 */

const LOCAL = 0x04034b50
const CENTRAL = 0x02014b50
const END = 0x06054b50
const END_64 = 0x06064b50
const LOCATOR_64 = 0x07064b50
const END_BYTES = 22
const COMMENT_BYTES = 65_535
const LOCATOR_BYTES = 20
const MAX_32 = 0xffffffff
const UTF_8 = 0x800
const SIZES_FOLLOW = 0x8
const PIECE_BYTES = 1024 * 1024

/** Of known exports, without conversations. */
const OTHERS =
  /^(users?|message_feedback|shared_conversations|model_comparisons|projects|memories|library_files|login_history|export_manifest|assistants)\.json$/i
const CONVERSATIONS = /^conversations([-_ ]?\d+)?( ?\(\d+\))?\.json$/i
const ASSET_NAMES = "conversation_asset_file_names.json"

/**
 * A zip with only those files of another that may hold conversations. Throws an error if the zip cannot be read.
 * @param {Blob} file
 */
export async function reduceZip(file) {
  const entries = (await readDirectory(file)).map((entry) => ({ ...entry, base: baseName(entry.name) }))
  const known = entries.filter(({ base }) => CONVERSATIONS.test(base) || base === ASSET_NAMES)
  const named = known.some(({ base }) => CONVERSATIONS.test(base))
  const other = entries.filter(({ base }) => /\.(json|zip)$/i.test(base) && !OTHERS.test(base))
  return writeZip(await Promise.all((named ? known : other).map((entry) => locate(file, entry))))
}

/**
 * A zip of files, as they are.
 * @param {File[]} files
 */
export async function packFiles(files) {
  const entries = []
  for (const file of files) {
    const name = new TextEncoder().encode(file.name)
    entries.push({ name, flags: UTF_8, method: 0, crc: await checksum(file), size: file.size, data: file })
  }
  return writeZip(entries)
}

/** @param {Uint8Array} name */
function baseName(name) {
  const path = new TextDecoder().decode(name)
  return path.includes("__MACOSX/") ? "" : path.slice(path.lastIndexOf("/") + 1)
}

/** @param {Blob} blob */
async function view(blob) {
  return new DataView(await blob.arrayBuffer())
}

/** @param {Blob} file */
async function readDirectory(file) {
  const start = Math.max(0, file.size - END_BYTES - COMMENT_BYTES)
  const tail = await view(file.slice(start))
  let at = tail.byteLength - END_BYTES
  while (at >= 0 && tail.getUint32(at, true) !== END) at--
  if (at < 0) throw new Error("no zip")
  let [size, offset] = [tail.getUint32(at + 12, true), tail.getUint32(at + 16, true)]
  if (size === MAX_32 || offset === MAX_32) [size, offset] = await readEnd64(file, start + at)
  return readEntries(await view(file.slice(offset, offset + size)))
}

/** The directory's size and offset in a zip of more than 4 GiB. */
async function readEnd64(file, end) {
  const locator = await view(file.slice(end - LOCATOR_BYTES, end))
  if (locator.getUint32(0, true) !== LOCATOR_64) throw new Error("no zip")
  const at = Number(locator.getBigUint64(8, true))
  const record = await view(file.slice(at, at + 56))
  if (record.getUint32(0, true) !== END_64) throw new Error("no zip")
  return [Number(record.getBigUint64(40, true)), Number(record.getBigUint64(48, true))]
}

/** @param {DataView<ArrayBuffer>} directory */
function readEntries(directory) {
  const entries = []
  let at = 0
  while (at + 46 <= directory.byteLength && directory.getUint32(at, true) === CENTRAL) {
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => directory.getUint16(at + field, true))
    const [crc, packed, size] = [16, 20, 24].map((field) => directory.getUint32(at + field, true))
    const wide = readExtra64(directory, at + 46 + nameBytes, extraBytes)
    const take = (value) => (value === MAX_32 ? (wide.shift() ?? value) : value)
    entries.push({
      name: new Uint8Array(directory.buffer, at + 46, nameBytes),
      flags: directory.getUint16(at + 8, true),
      method: directory.getUint16(at + 10, true),
      crc,
      size: take(size),
      packed: take(packed),
      offset: take(directory.getUint32(at + 42, true)),
    })
    at += 46 + nameBytes + extraBytes + commentBytes
  }
  return entries
}

/** The 64-bit values of an entry whose fields are too short for them. */
function readExtra64(directory, from, length) {
  let at = from
  while (at + 4 <= from + length) {
    const [kind, bytes] = [directory.getUint16(at, true), directory.getUint16(at + 2, true)]
    if (kind === 1) {
      return Array.from({ length: Math.floor(bytes / 8) }, (_, index) =>
        Number(directory.getBigUint64(at + 4 + 8 * index, true)),
      )
    }
    at += 4 + bytes
  }
  return []
}

/** @returns {Promise<ZipEntry>} */
async function locate(file, { name, flags, method, crc, size, packed, offset }) {
  const head = await view(file.slice(offset, offset + 30))
  if (head.byteLength < 30 || head.getUint32(0, true) !== LOCAL) throw new Error("no zip")
  const start = offset + 30 + head.getUint16(26, true) + head.getUint16(28, true)
  return { name, flags: flags & ~SIZES_FOLLOW, method, crc, size, data: file.slice(start, start + packed) }
}

/** @param {ZipEntry[]} entries */
function writeZip(entries) {
  /** @type {BlobPart[]} */
  const parts = []
  const directory = []
  let offset = 0
  for (const { name, flags, method, crc, size, data } of entries) {
    if (Math.max(offset, size, data.size) >= MAX_32) throw new Error("too large")
    const fields = [
      [4, 20],
      [6, flags],
      [8, method],
      [14, crc, 4],
      [18, data.size, 4],
      [22, size, 4],
      [26, name.length],
    ]
    parts.push(record(30, LOCAL, fields), name, data)
    const moved = fields.map(([at, ...rest]) => [at + 2, ...rest])
    directory.push(record(46, CENTRAL, [[4, 20], ...moved, [42, offset, 4]]), name)
    offset += 30 + name.length + data.size
  }
  const size = directory.reduce((sum, part) => sum + part.byteLength, 0)
  const end = record(END_BYTES, END, [
    [8, entries.length],
    [10, entries.length],
    [12, size, 4],
    [16, offset, 4],
  ])
  return new Blob([...parts, ...directory, end], { type: "application/zip" })
}

/**
 * A record with a signature and fields: offset, value, and bytes (2 unless given).
 * @param {number[][]} fields
 */
function record(length, signature, fields) {
  const bytes = new Uint8Array(length)
  const written = new DataView(bytes.buffer)
  written.setUint32(0, signature, true)
  for (const [at, value, width = 2] of fields) {
    if (width === 4) written.setUint32(at, value, true)
    else written.setUint16(at, value, true)
  }
  return bytes
}

const TABLE = Uint32Array.from({ length: 256 }, (_, start) => {
  let value = start
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

/**
 * CRC-32, in pieces between which the page runs on.
 * @param {Blob} blob
 */
async function checksum(blob) {
  let crc = MAX_32
  for (let at = 0; at < blob.size; at += PIECE_BYTES) {
    const bytes = new Uint8Array(await blob.slice(at, at + PIECE_BYTES).arrayBuffer())
    for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8)
  }
  return ~crc >>> 0
}
