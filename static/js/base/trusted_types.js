/** The page's own scripts, of this page's version: all below the folder above this one. A worker of another version is not one of them. */
const SCRIPTS = new URL("..", import.meta.url).href
const SERVICE_WORKER = new URL("/service-worker.js", SCRIPTS).href

/** Under Trusted Types a browser takes a worker's address from a policy only, and this is the one place that has it. */
const policy = globalThis.trustedTypes?.createPolicy("chatapp", { createScriptURL: checkedUrl }) ?? { createScriptURL: checkedUrl }

/**
 * The address of a script that a worker may run, as the browser wants it: one of the page's own modules, by its
 * `new URL("./worker.js", import.meta.url)`, or the service worker. Throws a TypeError for any other.
 */
export function trustedScriptUrl(path) { return policy.createScriptURL(String(path)) }

function checkedUrl(path) {
  const { href, pathname } = new URL(path, SERVICE_WORKER)
  if (href === SERVICE_WORKER || (href.startsWith(SCRIPTS) && pathname.endsWith(".js") && !/[?#%]/.test(href))) return href
  throw new TypeError(`not a script of this page: ${href}`)
}
