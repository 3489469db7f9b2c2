/** Workers may only run this page's own scripts, in this version: all below static/js. */
const SCRIPTS = new URL("..", import.meta.url).href
const SERVICE_WORKER = new URL("/service-worker.js", SCRIPTS).href

/** The only Trusted Types policy: browsers take a worker's URL from a policy only. */
const policy = globalThis.trustedTypes?.createPolicy("chatapp", { createScriptURL: checkedUrl }) ?? {
  createScriptURL: checkedUrl,
}

/**
 * Return a worker's URL as a TrustedScriptURL: one of the page's own modules, written as `new URL("./worker.js",
 * import.meta.url)`, or the service worker. Throws TypeError for any other.
 * @param {string | URL} path
 */
export function trustedScriptUrl(path) {
  return policy.createScriptURL(String(path))
}

function checkedUrl(path) {
  const { href, pathname } = new URL(path, SERVICE_WORKER)
  if (href === SERVICE_WORKER || (href.startsWith(SCRIPTS) && pathname.endsWith(".js") && !/[?#%]/.test(href)))
    return href
  throw new TypeError(`not a script of this page: ${href}`)
}
