/**
 * Serves the kept application shell when the network fails or is too slow. It changes nothing else and caches no
 * personal data.
 *
 * The server prepends `const SHELL = {version, edition, page, files}`. Another page or edition of the files makes
 * another worker, with a cache of its own; it deletes the earlier one.
 */
/* global SHELL */
const PREFIX = "chatapp.shell."
const KEPT = PREFIX + SHELL.version
const FILES = new Set(SHELL.files)
const TIMEOUT_MS = 5000
/** Responses of a proxy whose server is down. */
const AWAY = new Set([502, 503, 504])

let isChecked = false

addEventListener("install", (event) => event.waitUntil(install()))
addEventListener("activate", (event) => event.waitUntil(deleteCaches((name) => name !== KEPT)))
addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request
  const { origin, pathname } = new URL(url)
  if (method !== "GET" || origin !== location.origin) return
  if (mode !== "navigate") return FILES.has(pathname) && event.respondWith(respondWithFile(event.request))
  if (pathname === "/" || pathname.startsWith("/c/")) event.respondWith(respondWithPage(event))
})

/** Cache all files of one version or none: the server may be upgraded meanwhile. */
async function install() {
  try {
    const cache = await caches.open(KEPT)
    const keep = async (path, isOfThisVersion) => {
      const response = await fetch(path)
      if (!response.ok || !isOfThisVersion(response.headers)) throw new Error(`${path} is of another version`)
      await cache.put(path, response)
    }
    await keep(SHELL.page, (headers) => headers.get("ETag")?.includes(SHELL.edition))
    await Promise.all(
      SHELL.files.map((path) => keep(path, (headers) => headers.get("Cache-Control")?.includes("immutable"))),
    )
  } catch (error) {
    await caches.delete(KEPT)
    throw error
  }
  // Safe at once: pages come from the network, and file addresses contain their version.
  await skipWaiting()
}

async function respondWithPage(event) {
  const answer = fetch(event.request)
  event.waitUntil(answer.then(leaveIfUnwanted, () => {}))
  const response = await Promise.race([answer, timeout()]).catch(() => null)
  if (response && !AWAY.has(response.status)) return response
  return (await findKept(SHELL.page)) ?? answer
}

/** The shell connects by itself, so it is better than waiting for a slow page. */
function timeout() {
  return new Promise((resolve) => {
    setTimeout(() => resolve(null), TIMEOUT_MS)
  })
}

async function respondWithFile(request) {
  return (await findKept(request.url)) ?? fetch(request)
}

function findKept(path) {
  return caches.match(path, { cacheName: KEPT, ignoreVary: true })
}

async function deleteCaches(isUnwanted) {
  const ours = (await caches.keys()).filter((name) => name.startsWith(PREFIX))
  await Promise.all(ours.filter(isUnwanted).map((name) => caches.delete(name)))
}

/** Browsers keep a worker whose script is gone; this one unregisters itself then. */
async function leaveIfUnwanted() {
  if (isChecked) return
  isChecked = true
  const { status } = await fetch("/service-worker.js", { method: "HEAD", cache: "no-store" }).catch(() => ({
    status: 0,
  }))
  if (status !== 404 && status !== 410) return
  await registration.unregister()
  await deleteCaches(() => true)
}
