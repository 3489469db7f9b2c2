import { hasRightToLeft, setDirections } from "./direction.js"
import { appendText } from "./particles.js"

/** @import { Direction } from "./direction.js" */

/**
 * Builds a tree of plain values from the parser's tokens; workers can post it. A node is a text, {tag, attrs?,
 * children?}, or one with a view of its own: {special: "code" | "diagram", language, text}, {special: "math", tex,
 * display, block}, {special: "task", done}. `at` is the source line of blocks, items and rows; `open` marks what still
 * grows.
 * @typedef {string | TreeElement} TreeNode
 */
/**
 * @typedef {{ tag?: string, attrs?: Record<string, string>, children?: any[], special?: string, language?: string,
 *   text?: string, tex?: string, display?: boolean, block?: boolean, done?: boolean, at?: number, open?: boolean,
 *   key?: number }} TreeElement
 */
const TAGS = new Set([
  "p",
  "h1",
  "h2",
  "h3",
  "h4",
  "h5",
  "h6",
  "blockquote",
  "ul",
  "ol",
  "li",
  "hr",
  "em",
  "strong",
  "s",
  "table",
  "thead",
  "tbody",
  "tr",
  "th",
  "td",
  "sub",
  "sup",
  "kbd",
  "u",
])
/** Without slashes `https:page` would be relative. */
const LINKS = /^(?:https?:\/\/|mailto:|tel:)/i
const PICTURES = /^data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}$/i
const ALIGNED = /^text-align:(left|center|right)$/
/** Deeper nesting is flattened: trees are walked recursively, by the browser too. Blocks take half of it. */
const DEEPEST = 200
const ASIDE = { target: "_blank", rel: "noopener noreferrer" }

/**
 * The nodes of a parsed text. Footnote ids begin with `docId`; `direction` is that of the first node, if it is known.
 * @param {Markdown.Token[]} tokens
 * @param {string} [docId]
 * @param {{ direction?: Direction }} [how]
 * @returns {TreeElement[]}
 */
export function buildTree(tokens, docId = "", { direction } = {}) {
  const builder = new TreeBuilder(docId)
  const nodes = builder.children(tokens)
  if (builder.hasRightToLeft || direction === "rtl") setDirections(nodes, "ltr", direction)
  return nodes
}

class TreeBuilder {
  #docId
  /** @type {TreeElement[]} */
  #stack = [{ children: [] }]
  /** The depth of open links: links cannot be nested. */
  #links = 0
  hasRightToLeft = false

  constructor(docId) {
    this.#docId = docId
  }

  /** @param {Markdown.Token[]} tokens */
  children(tokens) {
    for (const token of tokens) this.#take(token)
    return this.#stack[0].children
  }

  /** @param {Markdown.Token} token */
  #take(token) {
    const rule = RULES[token.type]
    if (rule) rule(this, token)
    else if (token.nesting === 1) this.open(blockNode(token))
    else if (token.nesting === -1) this.close()
    else if (TAGS.has(token.tag)) this.add(blockNode(token))
    else this.text(token.content)
  }

  get #top() {
    return this.#stack.at(-1)
  }

  /** @param {TreeElement} node */
  open(node) {
    if (this.#stack.length > DEEPEST) return this.#stack.push(this.#top)
    this.add(node)
    node.children ??= []
    this.#stack.push(node)
  }

  close() {
    if (this.#stack.length > 1) this.#stack.pop()
  }

  /** @param {TreeNode} node */
  add(node) {
    this.#top.children.push(node)
  }

  /** @param {string} text */
  text(text) {
    this.hasRightToLeft ||= hasRightToLeft(text)
    appendText(this.#top.children, text)
  }

  /** @param {Markdown.Token} token */
  inline(token) {
    for (const child of token.children) this.#take(child)
  }

  /**
   * A list with blank lines is loose: only its spacing differs.
   * @param {Markdown.Token} token
   */
  openParagraph(token) {
    this.open(blockNode(token))
    const [list, item] = this.#stack.slice(-3)
    if (!token.hidden && item?.tag === "li") list.attrs = looseAttrs(list)
  }

  /** @param {Markdown.Token} token */
  openLink(token) {
    const href = token.attrGet("href")
    const title = token.attrGet("title")
    this.#links += 1
    if (this.#links > 1 || !urlOf(href)) this.open({ tag: "span" })
    else this.open({ tag: "a", attrs: { href, ...(title ? { title } : {}), ...ASIDE } })
  }

  closeLink() {
    this.#links -= 1
    this.close()
  }

  /**
   * Loading external images would leak that the text was read: they become links.
   * @param {Markdown.Token} token
   */
  image(token) {
    const src = token.attrGet("src")
    const alt = textOf(token.children)
    if (PICTURES.test(src)) return this.add({ tag: "img", attrs: { src, alt } })
    const host = urlOf(src)?.host
    const children = [alt || src, ...(host ? [" ", { tag: "small", children: [host] }] : [])]
    if (!host || this.#links > 0) this.add({ tag: "span", attrs: { class: "picture" }, children })
    else this.add({ tag: "a", attrs: { class: "picture", href: src, ...ASIDE }, children })
  }

  /** @param {Markdown.Token} token */
  openTable(token) {
    this.open({ tag: "div", attrs: { class: "table" }, ...lineOf(token) })
    this.open({ tag: "table" })
  }

  closeTable() {
    this.close()
    this.close()
  }

  /** @param {{ id: number, subId: number }} meta */
  footnoteReference({ id, subId }) {
    const name = this.#footnote(id)
    const attrs = { href: `#fn${name}`, id: `fnref${name}${subId > 0 ? `:${subId}` : ""}` }
    this.add({ tag: "sup", attrs: { class: "footnote" }, children: [{ tag: "a", attrs, children: [`[${id + 1}]`] }] })
  }

  openFootnotes() {
    this.open({ tag: "section", attrs: { class: "footnotes" } })
    this.open({ tag: "ol" })
  }

  /** @param {{ id: number }} meta */
  openFootnote({ id }) {
    this.open({ tag: "li", attrs: { id: `fn${this.#footnote(id)}` } })
  }

  /** @param {{ id: number, subId: number }} meta */
  footnoteAnchor({ id, subId }) {
    const attrs = { href: `#fnref${this.#footnote(id)}${subId > 0 ? `:${subId}` : ""}`, class: "footnote__back" }
    this.text(" ")
    this.add({ tag: "a", attrs, children: ["↩\uFE0E"] })
  }

  #footnote(id) {
    return `-${this.#docId}-${id + 1}`
  }
}

/** @type {Record<string, (tree: TreeBuilder, token: Markdown.Token) => void>} */
const RULES = {
  inline: (tree, token) => tree.inline(token),
  text: (tree, token) => tree.text(token.content),
  softbreak: (tree) => tree.text("\n"),
  hardbreak: (tree) => tree.add({ tag: "br" }),
  code_inline: (tree, token) => tree.add({ tag: "code", children: [token.content] }),
  code_block: (tree, token) =>
    tree.add({ special: "code", language: "", text: withoutLastNewline(token.content), ...lineOf(token) }),
  fence: (tree, token) => tree.add(fenceNode(token)),
  math_inline: (tree, token) => tree.add({ special: "math", tex: token.content, display: false }),
  math_inline_display: (tree, token) => tree.add({ special: "math", tex: token.content, display: true }),
  math_block: (tree, token) =>
    tree.add({ special: "math", tex: token.content, display: true, block: true, ...lineOf(token) }),
  task: (tree, token) => tree.add({ special: "task", done: token.meta.done }),
  paragraph_open: (tree, token) => tree.openParagraph(token),
  link_open: (tree, token) => tree.openLink(token),
  link_close: (tree) => tree.closeLink(),
  image: (tree, token) => tree.image(token),
  table_open: (tree, token) => tree.openTable(token),
  table_close: (tree) => tree.closeTable(),
  footnote_ref: (tree, token) => tree.footnoteReference(token.meta),
  footnote_block_open: (tree) => tree.openFootnotes(),
  footnote_block_close: (tree) => tree.closeTable(),
  footnote_open: (tree, token) => tree.openFootnote(token.meta),
  footnote_anchor: (tree, token) => tree.footnoteAnchor(token.meta),
  provisional_footnote: (tree, token) =>
    tree.add({
      tag: "sup",
      attrs: { class: "footnote" },
      children: [{ tag: "span", children: [`[${token.content}]`] }],
    }),
}

/**
 * A link to an address; null if it is none that a text may lead to.
 * @param {string} href
 * @param {string} text
 * @returns {TreeElement | null}
 */
export function linkNode(href, text) {
  return urlOf(href) && { tag: "a", attrs: { href, ...ASIDE }, children: [text] }
}

/** @param {Markdown.Token} token */
function fenceNode(token) {
  const language = token.info.trim().split(/\s+/)[0]
  return finishCode({ special: "code", language, text: withoutLastNewline(token.content), ...lineOf(token) })
}

/**
 * Complete Mermaid code is a diagram.
 * @param {TreeElement} node
 * @returns {TreeElement}
 */
export function finishCode({ open, ...code }) {
  return code.language === "mermaid" ? { ...code, special: "diagram" } : code
}

/**
 * @param {Markdown.Token} token
 * @returns {TreeElement}
 */
function blockNode(token) {
  if (!TAGS.has(token.tag)) return { tag: "span" }
  /** @type {Record<string, string>} */
  const attrs = {}
  const start = token.attrGet("start")
  const aligned = ALIGNED.exec(token.attrGet("style") ?? "")
  if (start !== null) attrs.start = String(start)
  if (aligned) attrs.class = `align-${aligned[1]}`
  else if (token.attrGet("class") === "task") attrs.class = "task"
  return { tag: token.tag, ...(Object.keys(attrs).length > 0 ? { attrs } : {}), ...lineOf(token) }
}

/** @param {Markdown.Token} token */
function lineOf({ map, level }) {
  return map && level < 3 ? { at: map[0] } : {}
}

function withoutLastNewline(text) {
  return text.endsWith("\n") ? text.slice(0, -1) : text
}

/**
 * @param {Markdown.Token[]} tokens
 * @returns {string}
 */
function textOf(tokens) {
  return tokens
    .map(({ type, content, children }) =>
      children ? textOf(children) : type === "softbreak" || type === "hardbreak" ? " " : content,
    )
    .join("")
}

/** The URL of a safe link; null for any other. */
function urlOf(address) {
  try {
    return LINKS.test(address) ? new URL(address) : null
  } catch {
    return null
  }
}

/** @type {(node: TreeElement) => boolean} */
export const isLoose = ({ attrs }) => attrs?.class === "loose"

/**
 * The attributes of a loose list.
 * @type {(node: TreeElement) => Record<string, string>}
 */
export const looseAttrs = ({ attrs }) => ({ ...attrs, class: "loose" })

/**
 * The items of a list or rows of a table.
 * @param {TreeElement} node
 * @returns {TreeElement[]}
 */
export function itemsOf(node) {
  if (node.tag === "ul" || node.tag === "ol") return node.children
  return node.tag === "div" ? (node.children[0].children[1]?.children ?? []) : []
}

/**
 * Whether two nodes are equal apart from their source lines.
 * @param {TreeNode} a
 * @param {TreeNode} b
 * @returns {boolean}
 */
export function isAlike(a, b) {
  if (a === b) return true
  if (typeof a !== "object" || typeof b !== "object") return false
  return (
    isSameKind(a, b) &&
    sameAttrs(a.attrs, b.attrs) &&
    a.text === b.text &&
    a.tex === b.tex &&
    a.done === b.done &&
    Boolean(a.open) === Boolean(b.open) &&
    allAlike(a.children ?? [], b.children ?? [])
  )
}

/**
 * The same in steps, one per part of a long text or table.
 * @returns {Generator<void, boolean, void>}
 */
export function* isAlikeInSteps(a, b) {
  if (a === b || a?.tag !== "div" || b?.tag !== "div") return isAlike(a, b)
  const [some, others] = [a.children ?? [], b.children ?? []]
  if (!sameAttrs(a.attrs, b.attrs) || some.length !== others.length) return false
  for (const [at, child] of some.entries()) {
    yield
    if (!(yield* isAlikeInSteps(child, others[at]))) return false
  }
  return true
}

/**
 * Whether one node can be patched into the other.
 * @param {TreeNode} a
 * @param {TreeNode} b
 */
export function isSameKind(a, b) {
  return (
    typeof a === "object" &&
    typeof b === "object" &&
    a.tag === b.tag &&
    a.special === b.special &&
    a.language === b.language &&
    a.display === b.display &&
    a.block === b.block
  )
}

function allAlike(a, b) {
  return a.length === b.length && a.every((node, at) => isAlike(node, b[at]))
}

function sameAttrs(a = {}, b = {}) {
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key])
}
