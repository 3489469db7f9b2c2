/** The only module that names the version of KaTeX, loaded with the first formula. */
const FOLDER = new URL("../../vendor/katex-0.19.1/dist/", import.meta.url)
/** Needs the mhchem extension. */
const CHEMISTRY = /\\(?:ce|pu)\b/

let core = null
let chemistry = null
/** What has been loaded of both. */
const loaded = { katex: null, chemistry: false }

/**
 * KaTeX, if all that the formula needs has been loaded; null otherwise.
 * @param {string} tex
 */
export function loadedTypesetter(tex) {
  return loaded.chemistry || !CHEMISTRY.test(tex) ? loaded.katex : null
}

/**
 * Resolves to KaTeX, with mhchem if the formula needs it.
 * @param {string} tex
 */
export async function typesetterFor(tex) {
  core ??= forgetOnFailure(Promise.all([import("../../vendor/katex-0.19.1/dist/katex.mjs"), loadStyles()]), () => {
    core = null
  })
  const [{ default: katex }] = await core
  loaded.katex = katex
  if (CHEMISTRY.test(tex)) {
    chemistry ??= forgetOnFailure(import("../../vendor/katex-0.19.1/dist/contrib/mhchem.mjs"), () => {
      chemistry = null
    })
    await chemistry
    loaded.chemistry = true
  }
  return katex
}

/**
 * After a failure the next formula tries again.
 * @template T
 * @param {Promise<T>} promise
 * @param {() => void} forget
 */
function forgetOnFailure(promise, forget) {
  promise.catch(forget)
  return promise
}

function loadStyles() {
  const link = document.createElement("link")
  link.rel = "stylesheet"
  link.href = new URL("katex.min.css", FOLDER).href
  return new Promise((resolve, reject) => {
    link.addEventListener("load", resolve)
    link.addEventListener("error", () => {
      link.remove()
      reject(new Error("no styles"))
    })
    document.head.append(link)
  })
}
