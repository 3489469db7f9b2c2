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

  constructor({ storage, owner }) {
    this.#storage = storage
    this.#prefix = owner ? prefixOf(owner) : OURS
  }

  keys(prefix) {
    return this.#storage.keys(this.#inside(prefix)).map((key) => this.#outside(key))
  }
  getItem(key) {
    return this.#storage.getItem(this.#inside(key))
  }
  setItem(key, value) {
    this.#storage.setItem(this.#inside(key), value)
  }
  removeItem(key) {
    this.#storage.removeItem(this.#inside(key))
  }

  /** Call `listener` (key, new value) for changes by the browser's other tabs. */
  watch(listener, window = globalThis.window) {
    window.addEventListener("storage", ({ key, newValue }) => {
      if (key?.startsWith(this.#prefix)) listener(this.#outside(key), newValue)
    })
  }

  #inside(key) {
    return this.#prefix + key.slice(OURS.length)
  }

  #outside(key) {
    return OURS + key.slice(this.#prefix.length)
  }
}

/**
 * Remember for whom a page is shown, and give that owner what has none. Returns the owner: without one, that of the last
 * page, as the page is shown without a network.
 */
export function settle({ storages, owner }) {
  const known = owner ?? storages.map((storage) => storage.getItem(OWNER)).find(Boolean) ?? null
  if (known === null) return null
  for (const storage of storages) {
    if (storage.getItem(OWNER) !== known) storage.setItem(OWNER, known)
    const owned = new OwnerStorage({ storage, owner: known })
    for (const key of KINDS.flatMap((kind) => storage.keys(kind))) {
      const value = storage.getItem(key)
      storage.removeItem(key) // First, as there may be no room for both.
      if (owned.getItem(key) === null) owned.setItem(key, value)
    }
  }
  return known
}

/** Remove what the owners of the last pages wrote, and who they were. */
export function forget(storages) {
  const owners = new Set(storages.map((storage) => storage.getItem(OWNER)).filter(Boolean))
  const prefixes = [...KINDS, ...[...owners].map(prefixOf)]
  for (const storage of storages) {
    for (const key of prefixes.flatMap((prefix) => storage.keys(prefix))) storage.removeItem(key)
    storage.removeItem(OWNER)
  }
}

/** Tell the browser's other tabs that the owner has signed out. This tab's page still knows whose things to remove. */
export function tellLeft(storage) {
  storage.removeItem(OWNER)
}

/** Call `listener` (owner, null if signed out) when another tab shows the page of another owner than this one. */
export function watchOwner(owner, listener, window = globalThis.window) {
  window.addEventListener("storage", ({ key, newValue }) => {
    if (key === OWNER && newValue !== owner) listener(newValue)
  })
}

function prefixOf(owner) {
  return `${OWNED}${owner}.`
}
