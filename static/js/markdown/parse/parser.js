import MarkdownIt from "../../../vendor/markdown-it-15.0.3/dist/browser/markdown-it.esm.min.mjs"
import cjkFriendly from "../../../vendor/markdown-it-cjk-friendly-3.0.0/dist/index.js"
import footnote from "../../../vendor/markdown-it-footnote-4.0.0/index.mjs"
import { mathPlugin } from "../../math/markdown_math.js"
import { asciiLinks } from "./ascii_links.js"
import { inlineTags } from "./inline_tags.js"
import { provisionalFootnotes } from "./provisional_footnotes.js"
import { taskLists } from "./task_lists.js"

/**
 * A parser of CommonMark, GitHub's extensions, footnotes and mathematics, which also runs in a worker.
 * Markup stays text (`html: false`), but for a few bare tags. While a text still grows its footnotes cannot be resolved, as they stand at its
 * end: a `streaming` parser shows references as they will look.
 */
export function createParser({ streaming = false } = {}) {
  const md = new MarkdownIt({ html: false, linkify: true })
  return md.use(cjkFriendly).use(mathPlugin).use(asciiLinks).use(inlineTags).use(taskLists).use(streaming ? provisionalFootnotes : footnote)
}

/** Line ends and the one character that no document holds, as the parser would have them; lengths stay for offsets. */
export function normalize(text) { return text.replace(/\r\n?/g, "\n").replaceAll("\0", "\uFFFD") }
