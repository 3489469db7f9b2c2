import { trustedScriptUrl } from "../base/trusted_types.js"

const WORKER = "/service-worker.js"
const PATIENCE_MS = 10_000

/**
 * Let the page open without a network from now on: once it is there and has nothing to do, its service worker is
 * registered, or looked at anew. Resolves with the registration; with null where the browser has none to give
 * (over plain HTTP from another machine, in some private windows), and the page is as good as ever with a network.
 */
export async function registerServiceWorker({ workers = navigator.serviceWorker, rest = whenIdle } = {}) {
  if (!workers) return null
  await rest()
  try {
    return await workers.register(trustedScriptUrl(WORKER), { scope: "/", updateViaCache: "none" })
  } catch {
    return null
  }
}

async function whenIdle() {
  if (document.readyState !== "complete") {
    await new Promise((resolve) => { addEventListener("load", resolve, { once: true }) })
  }
  await new Promise((resolve) => {
    if (globalThis.requestIdleCallback) requestIdleCallback(resolve, { timeout: PATIENCE_MS })
    else setTimeout(resolve)
  })
}
