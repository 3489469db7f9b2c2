import core from "../../vendor/highlightjs-cdn-assets-11.12.0/es/core.min.js"
import { grammarsFor } from "./languages.js"
import { LineEmitter } from "./line_emitter.js"

/** The only module that names the version of the highlighter. Languages are loaded on first use. */
const loadGrammar = async (name) =>
  (await import(`../../vendor/highlightjs-cdn-assets-11.12.0/es/languages/${name}.min.js`)).default

const known = new Map()

/** @import { Token } from "./line_emitter.js" */
/** @typedef {(code: string) => Token[][]} Highlight */

/**
 * Resolves to a function from code to its lines. Each language has its own instance, so that results do not depend on
 * which others are loaded.
 * @param {string} language
 * @returns {Promise<Highlight>}
 */
export function loadHighlighter(language) {
  if (!known.has(language)) known.set(language, createHighlighter(language))
  return known.get(language)
}

async function createHighlighter(language) {
  const hljs = core.newInstance()
  hljs.configure({ __emitter: LineEmitter })
  const names = grammarsFor(language)
  for (const [n, one] of (await Promise.all(names.map(loadGrammar))).entries()) hljs.registerLanguage(names[n], one)
  return (code) => hljs.highlight(code, { language, ignoreIllegals: true })._emitter.lines
}
