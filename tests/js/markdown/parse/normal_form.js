import { createParser, normalize } from "../../../../static/js/markdown/parse/parser.js"
import { buildTree } from "../../../../static/js/markdown/parse/tree.js"

/** A normal form of a tree: elements with their meaningful attributes, and text. */
export function built(text) {
  return buildTree(createParser().parse(normalize(text), {}), "id")
    .map(written)
    .join("")
}

const MEANT = {
  a: ["href", "title"],
  img: ["src", "alt"],
  ol: ["start"],
  li: ["class"],
  th: ["class"],
  td: ["class"],
  div: ["class"],
  sup: ["class"],
  section: ["class"],
}
const BLOCKS = new Set(
  "p h1 h2 h3 h4 h5 h6 blockquote ul ol li hr pre table thead tbody tr th td div section".split(" "),
)

function written(node) {
  if (typeof node === "string") return escaped(node)
  if (node.special === "math") return `<math>${escaped(node.tex)}</math>`
  if (node.special === "task") return node.done ? "<x>" : "<o>"
  if (node.special) return `<pre ${node.language}>${escaped(node.text)}</pre>`
  // It only says where no line breaks: particles.js.
  if (node.tag === "span" && node.attrs?.class === "joined") return node.children.map(written).join("")
  const children = isTight(node) ? node.children.map(withoutParagraphs) : (node.children ?? [])
  return element(node.tag, node.attrs ?? {}, children.map(written).join(""))
}

/** HTML has no paragraphs in tight lists; this restores them. */
function isTight({ tag, attrs }) {
  return (tag === "ul" || tag === "ol") && attrs?.class !== "loose"
}
function withoutParagraphs(item) {
  return { ...item, children: item.children.flatMap((one) => (one.tag === "p" ? one.children : [one])) }
}

/** The normal form of the expected HTML; `ours` with the page's links and images. */
export function expected(html, { ours = false } = {}) {
  const { body } = new DOMParser().parseFromString(html, "text/html")
  if (ours) {
    for (const link of body.querySelectorAll("a:not([href^='http'], [href^='mailto:'])"))
      link.replaceWith(span(...link.childNodes))
    for (const picture of body.querySelectorAll("img"))
      picture.replaceWith(span(picture.alt || picture.getAttribute("src")))
  }
  return inside(body)
}

function span(...nodes) {
  const one = document.createElement("span")
  one.append(...nodes)
  return one
}

function inside(parent) {
  return [...parent.childNodes]
    .map((node) => read(node, BLOCKS.has(parent.localName) && parent.localName !== "p"))
    .join("")
}

function read(node) {
  if (node.nodeType === Node.TEXT_NODE) return escaped(between(node))
  if (node.nodeType !== Node.ELEMENT_NODE) return `<!${node.data}>`
  const { localName, attributes } = node
  if (localName === "pre" && node.firstChild?.localName === "code") {
    const language = node.firstChild.className.replace(/^language-/, "")
    return `<pre ${language}>${escaped(node.textContent.replace(/\n$/, ""))}</pre>`
  }
  return element(
    localName,
    Object.fromEntries(Array.from(attributes, ({ name, value }) => [name, value])),
    inside(node),
  )
}

/** Text without the newlines between blocks. */
function between({ data, previousSibling, nextSibling, parentElement }) {
  const around = BLOCKS.has(parentElement.localName) || parentElement.localName === "body"
  const edge = (sibling) => (sibling ? BLOCKS.has(sibling.localName) : around)
  let text = edge(previousSibling) || previousSibling?.localName === "br" ? data.replace(/^\n+/, "") : data
  if (edge(nextSibling)) text = text.replace(/\n+$/, "")
  return text
}

function element(tag, attrs, content) {
  const shown = (MEANT[tag] ?? [])
    .filter((name) => name in attrs)
    .map((name) => ` ${name}="${attrs[name]}"`)
    .join("")
  return `<${tag}${shown}>${content}</${tag}>`
}

function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
}
