/** @import { SafeStorage } from "./storage.js" */

const OURS = "chatapp."
const OWNED = "chatapp.of."
/** The owner whose page was shown last: of this browser in local storage, of this tab in session storage. */
const OWNER = "chatapp.owner"
/** What an owner writes. Earlier versions, and pages that know no owner, store it under these keys as they are. */
const KINDS = ["draft.", "outbox.", "place.", "typedSettings.", "newSettings", "newModel", "model"].map(
  (kind) => OURS + kind,
)

/** The part of a storage that belongs to one owner (null: nobody known). What others wrote is neither seen nor changed. */
export class OwnerStorage {
  #storage
  #prefix

  /** @param {{ storage: SafeStorage, owner: string | null }} parts */
  constructor({ storage, owner }) {
    this.#storage = storage
    this.#prefix = owner ? prefixOf(owner) : OURS
  }

  /** @param {string} prefix */
  keys(prefix) {
    return this.#storage.keys(this.#inside(prefix)).map((key) => this.#outside(key))
  }
  /** @param {string} key */
  getItem(key) {
    return this.#storage.getItem(this.#inside(key))
  }
  /**
   * @param {string} key
   * @param {string} value
   */
  setItem(key, value) {
    this.#storage.setItem(this.#inside(key), value)
  }
  /** @param {string} key */
  removeItem(key) {
    this.#storage.removeItem(this.#inside(key))
  }

  /**
   * Call `listener` for changes by the browser's other tabs: a null value is a removal.
   * @param {(key: string, value: string | null) => void} listener
   */
  watch(listener, window = globalThis.window) {
    window.addEventListener("storage", ({ key, newValue }) => {
      if (key?.startsWith(this.#prefix)) listener(this.#outside(key), newValue)
    })
  }

  /** @param {string} key */
  #inside(key) {
    return this.#prefix + key.slice(OURS.length)
  }

  /** @param {string} key */
  #outside(key) {
    return OURS + key.slice(this.#prefix.length)
  }
}

/**
 * Remember for whom a page is shown, and give that owner what has none, or what the owners wrote that have been merged
 * into it. Returns the owner: without one, that of the last page, as the page is shown without a network.
 * @param {{ storages: SafeStorage[], owner: string | null, formerly?: string[] }} parts
 */
export function settle({ storages, owner, formerly = [] }) {
  const known = owner ?? storages.map((storage) => storage.getItem(OWNER)).find(Boolean) ?? null
  if (known === null) return null
  for (const storage of storages) {
    if (storage.getItem(OWNER) !== known) storage.setItem(OWNER, known)
    const owned = new OwnerStorage({ storage, owner: known })
    for (const { from, key } of [...keysOfNobody(storage), ...keysOf(storage, formerly)]) {
      const value = from.getItem(key)
      from.removeItem(key) // First, as there may be no room for both.
      if (owned.getItem(key) === null) owned.setItem(key, value)
    }
  }
  return known
}

/**
 * Remove what the owners of the last pages wrote, and who they were.
 * @param {SafeStorage[]} storages
 */
export function forget(storages) {
  const owners = new Set(storages.map((storage) => storage.getItem(OWNER)).filter(Boolean))
  const prefixes = [...KINDS, ...[...owners].map(prefixOf)]
  for (const storage of storages) {
    for (const key of prefixes.flatMap((prefix) => storage.keys(prefix))) storage.removeItem(key)
    storage.removeItem(OWNER)
  }
}

/**
 * Tell the browser's other tabs that the owner has signed out. This tab's page still knows whose things to remove.
 * @param {SafeStorage} storage
 */
export function tellLeft(storage) {
  storage.removeItem(OWNER)
}

/**
 * Call `listener` when another tab shows the page of another owner than this one; null: it has signed out.
 * @param {string | null} owner
 * @param {(owner: string | null) => void} listener
 */
export function watchOwner(owner, listener, window = globalThis.window) {
  window.addEventListener("storage", ({ key, newValue }) => {
    if (key === OWNER && newValue !== owner) listener(newValue)
  })
}

/**
 * Whether the owner of the last page has questions here that were not sent.
 * @param {SafeStorage} storage
 */
export function hasUnsent(storage) {
  const owner = storage.getItem(OWNER)
  return owner !== null && new OwnerStorage({ storage, owner }).keys(`${OURS}outbox.`).length > 0
}

/** @param {SafeStorage} storage */
function keysOfNobody(storage) {
  return KINDS.flatMap((kind) => storage.keys(kind)).map((key) => ({ from: storage, key }))
}

/**
 * @param {SafeStorage} storage
 * @param {string[]} owners
 */
function keysOf(storage, owners) {
  return owners.flatMap((owner) => {
    const from = new OwnerStorage({ storage, owner })
    return from.keys(OURS).map((key) => ({ from, key }))
  })
}

/** @param {string} owner */
function prefixOf(owner) {
  return `${OWNED}${owner}.`
}
