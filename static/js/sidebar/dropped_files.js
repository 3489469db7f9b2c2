/**
 * The files of a drop or a paste, also those in folders. Must be called in the event: the browser takes the list back.
 * @param {DataTransfer} transfer
 * @returns {Promise<File[]>}
 */
export async function filesOf(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean)
  const files = [...transfer.files]
  if (!entries.some(({ isDirectory }) => isDirectory)) return files
  return (await Promise.all(entries.map(filesIn))).flat()
}

/**
 * @param {FileSystemEntry} entry
 * @returns {Promise<File[]>}
 */
async function filesIn(entry) {
  if (entry.isFile) return [await read((done, failed) => /** @type {FileSystemFileEntry} */ (entry).file(done, failed))]
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader()
  const found = []
  let some
  do {
    some = await read((done, failed) => reader.readEntries(done, failed)) // At most 100 at a time.
    for (const one of some) found.push(...(await filesIn(one)))
  } while (some.length > 0)
  return found
}

/** @returns {Promise<any>} */
function read(ask) {
  return new Promise(ask)
}
