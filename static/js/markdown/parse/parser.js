import MarkdownIt from "../../../vendor/markdown-it-15.0.3/dist/browser/markdown-it.esm.min.mjs"
import cjkFriendly from "../../../vendor/markdown-it-cjk-friendly-3.0.0/dist/index.js"
import footnote from "../../../vendor/markdown-it-footnote-4.0.0/index.mjs"
import { environments } from "../../math/environments.js"
import { mathPlugin } from "../../math/markdown_math.js"
import { asciiLinks } from "./ascii_links.js"
import { inlineTags } from "./inline_tags.js"
import { markdownFences } from "./markdown_fences.js"
import { provisionalFootnotes } from "./provisional_footnotes.js"
import { tablePipes } from "./table_pipes.js"
import { taskLists } from "./task_lists.js"

/**
 * A parser for CommonMark with GitHub's extensions, footnotes and formulas; also runs in workers. Markup stays text
 * (`html: false`) except for a few tags. A `streaming` parser shows footnote references as they will look, because the
 * notes follow at the end.
 */
export function createParser({ streaming = false } = {}) {
  const md = new MarkdownIt({ html: false, linkify: true })
  return md
    .use(tablePipes, { growing: streaming })
    .use(cjkFriendly)
    .use(markdownFences, { growing: streaming })
    .use(mathPlugin)
    .use(environments)
    .use(asciiLinks)
    .use(inlineTags)
    .use(taskLists)
    .use(streaming ? provisionalFootnotes : footnote)
}

/**
 * Normalize line ends and NUL as the parser does, keeping offsets.
 * @param {string} text
 */
export function normalize(text) {
  return text.replace(/\r\n?/g, "\n").replaceAll("\0", "\uFFFD")
}
