/** The one place that names the version of the typesetter, which is fetched when the first formula occurs. */
const FOLDER = new URL("../../vendor/katex-0.19.1/dist/", import.meta.url)
/** Chemistry is a part of its own. */
const CHEMISTRY = /\\(?:ce|pu)\b/

let core = null
let chemistry = null

/** A promise of what typesets this formula. */
export async function typesetterFor(tex) {
  core ??= forgetOnFailure(Promise.all([import("../../vendor/katex-0.19.1/dist/katex.mjs"), loadStyles()]), () => { core = null })
  const [{ default: katex }] = await core
  if (CHEMISTRY.test(tex)) {
    chemistry ??= forgetOnFailure(import("../../vendor/katex-0.19.1/dist/contrib/mhchem.mjs"), () => { chemistry = null })
    await chemistry
  }
  return katex
}

/** What could not be fetched is asked for again by the next formula. */
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
