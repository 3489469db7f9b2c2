import { trustedScriptUrl } from "../base/trusted_types.js"

const WORKER = "/service-worker.js"
const TIMEOUT_MS = 10_000

/**
 * Register the service worker, once the page is loaded and idle, so that the page opens offline. Resolves to the
 * registration; to null where service workers are unavailable (plain HTTP, some private windows).
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
    await new Promise((resolve) => {
      addEventListener("load", resolve, { once: true })
    })
  }
  await new Promise((resolve) => {
    if (globalThis.requestIdleCallback) requestIdleCallback(resolve, { timeout: TIMEOUT_MS })
    else setTimeout(resolve)
  })
}
