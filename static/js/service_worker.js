/**
 * The service worker. It does one thing: where the network does not answer, or not in time, the page opens all the same,
 * as the shell that was kept. With a network it changes nothing, and what a person has here it never sees.
 *
 * The server puts before it: `const SHELL = {version, edition, page, files}`. Another page or another edition of the
 * files make it another worker, which keeps its own, and drops what the earlier one kept.
 */
/* global SHELL */
const PREFIX = "chatapp.shell."
const KEPT = PREFIX + SHELL.version
const FILES = new Set(SHELL.files)
const PATIENCE_MS = 5000
/** What a proxy says where the server is away. */
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

/** All of one version, or nothing: the server may be replaced in the middle of it. */
async function install() {
  try {
    const cache = await caches.open(KEPT)
    const keep = async (path, isOfThisVersion) => {
      const response = await fetch(path)
      if (!response.ok || !isOfThisVersion(response.headers)) throw new Error(`${path} is of another version`)
      await cache.put(path, response)
    }
    await keep(SHELL.page, (headers) => headers.get("ETag")?.includes(SHELL.edition))
    await Promise.all(SHELL.files.map((path) => keep(path, (headers) => headers.get("Cache-Control")?.includes("immutable"))))
  } catch (error) {
    await caches.delete(KEPT)
    throw error
  }
  // Nobody waits for the old one: pages come from the network, and files are of one version by their address.
  await skipWaiting()
}

async function respondWithPage(event) {
  const answer = fetch(event.request)
  event.waitUntil(answer.then(leaveIfUnwanted, () => {}))
  const response = await Promise.race([answer, timeout()]).catch(() => null)
  if (response && !AWAY.has(response.status)) return response
  return await findKept(SHELL.page) ?? answer
}

/** The shell connects by itself: who waits for a page on a slow network does so before an empty one. */
function timeout() { return new Promise((resolve) => { setTimeout(() => resolve(null), PATIENCE_MS) }) }

async function respondWithFile(request) { return await findKept(request.url) ?? fetch(request) }

function findKept(path) { return caches.match(path, { cacheName: KEPT, ignoreVary: true }) }

async function deleteCaches(isUnwanted) {
  const ours = (await caches.keys()).filter((name) => name.startsWith(PREFIX))
  await Promise.all(ours.filter(isUnwanted).map((name) => caches.delete(name)))
}

/** Browsers keep a worker whose address is gone. This one goes when the application does, or its operator wants it to. */
async function leaveIfUnwanted() {
  if (isChecked) return
  isChecked = true
  const { status } = await fetch("/service-worker.js", { method: "HEAD", cache: "no-store" }).catch(() => ({ status: 0 }))
  if (status !== 404 && status !== 410) return
  await registration.unregister()
  await deleteCaches(() => true)
}
