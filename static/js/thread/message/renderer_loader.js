/** @import * as rendering from "../../markdown/rendering.js" */

const FIRST_PAUSE_MS = 500
const MAX_PAUSE_MS = 30_000

/** @type {Promise<void> | null} */
let loading = null
/** @type {typeof rendering | null} */
let loaded = null

/** The renderer of texts, loaded on demand. */
export const renderer = {
  /** Null until it is loaded. */
  get loaded() {
    return loaded
  },

  /** Resolves when it is loaded. */
  load() {
    loading ??= keepLoading()
    return loading
  },
}

/** While that fails, as the server may be away, texts are plain, and it is tried again. */
async function keepLoading() {
  for (let pause = FIRST_PAUSE_MS; !loaded; pause = Math.min(2 * pause, MAX_PAUSE_MS)) {
    loaded = await import("../../markdown/rendering.js").catch(() => null)
    if (!loaded) await new Promise((resolve) => setTimeout(resolve, pause))
  }
}
