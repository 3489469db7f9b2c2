import { isAlike, isAlikeInSteps, isSameKind } from "../parse/tree.js"

/** @import { TreeElement, TreeNode } from "../parse/tree.js" */

/**
 * The view of a special node. `update` shows the node in steps and returns whether it could.
 * `isIntact` tells whether it still shows what it was given.
 * @typedef {{ element: HTMLElement, update?: (node: TreeElement) => Generator<void, boolean>,
 *   append?: (text: string) => void, isIntact?: () => boolean, close?: () => void }} NodeView
 */

const WHOLE = { whole: true }

/**
 * The DOM is not as it was left: a translator or an extension has changed it. What the text says must be painted anew.
 */
export class Disturbed extends Error {}

/**
 * Creates DOM from trees, and patches it by changing only what differs. Elements are created from a closed list: no
 * text passes an HTML parser.
 * The work is done in steps (generators), so that the caller can pause.
 */
export class Painter {
  #makers
  #help
  /** @type {WeakMap<Node, NodeView>} */
  #views = new WeakMap()

  /**
   * `makers` create the views of special nodes, by kind; `help` is called with each other element (see node_views.js).
   * @param {Record<string, (node: TreeElement) => NodeView>} makers
   * @param {(element: HTMLElement) => void} help
   */
  constructor(makers, help = () => {}) {
    this.#makers = makers
    this.#help = help
  }

  /** @param {Node} element */
  viewOf(element) {
    return this.#views.get(element)
  }

  /**
   * Patch the nodes `before`, which begin at the DOM node `node`, into `now`. Nodes after an inserted or removed one
   * are kept. Only what is touched is known to be as it was left; `whole` also checks the rest, to the end of `parent`.
   * @param {Element} parent
   * @param {ChildNode | null} node
   * @param {TreeNode[]} before
   * @param {TreeNode[]} now
   * @param {{ whole?: boolean }} [how]
   * @returns {Generator<void, void>}
   */
  *patch(parent, node, before, now, { whole = false } = {}) {
    const same = (from, to) => from < before.length && to < now.length && isAlike(before[from], now[to])
    for (let [from, to] = [0, 0]; from < before.length || to < now.length; ) {
      const here = from < before.length && to < now.length && (yield* isAlikeInSteps(before[from], now[to]))
      const goes = to >= now.length || (!here && same(from + 1, to))
      const comes = from >= before.length || (!here && !goes && same(from, to + 1))
      if (!comes) this.#check(parent, node, before[from])
      const next = comes ? node : node.nextSibling
      if (goes) this.#drop(node)
      else if (comes) yield* this.#make(now[to], (made) => parent.insertBefore(made, node))
      else if (!here) yield* this.#change(node, before[from], now[to], { whole })
      else if (whole) yield* this.#restore(node, now[to])
      node = next
      if (!comes) from += 1
      if (!goes) to += 1
      yield
    }
    while (whole && node) {
      const next = node.nextSibling
      this.#drop(node)
      node = next
    }
  }

  /** Ensure that a DOM node is that of a tree's node. */
  #check(parent, dom, node) {
    if (dom?.parentNode !== parent || !this.#isOf(dom, node)) throw new Disturbed()
  }

  /** @param {TreeNode} node */
  #isOf(dom, node) {
    if (typeof node === "string") return dom.nodeType === Node.TEXT_NODE && dom.data === node
    return node.special ? this.#views.has(dom) : dom.localName === node.tag
  }

  /** Whether a DOM node and all within are as they were left. */
  #isIntact(dom, node) {
    if (!this.#isOf(dom, node)) return false
    if (typeof node === "string") return true
    if (node.special) return this.#views.get(dom).isIntact?.() ?? true
    const { children = [] } = node
    return (
      dom.childNodes.length === children.length &&
      children.every((child, at) => this.#isIntact(dom.childNodes[at], child))
    )
  }

  /** Make what others have changed anew, block by block. */
  *#restore(dom, node) {
    if (node.tag === "div") yield* this.patch(dom, dom.firstChild, node.children ?? [], node.children ?? [], WHOLE)
    else if (!this.#isIntact(dom, node)) yield* this.#replace(dom, node)
  }

  *#replace(dom, node) {
    let made
    yield* this.#make(node, (one) => {
      made = one
    })
    dom.before(made)
    this.#drop(dom)
  }

  *#change(dom, before, now, how) {
    if (typeof before === "string" && typeof now === "string") rewrite(dom, before, now)
    else if (!isSameKind(before, now) || (now.special && !(yield* this.#follow(dom, now, how)))) {
      yield* this.#replace(dom, now)
    } else if (!now.special) {
      setAttributes(dom, before.attrs, now.attrs)
      yield* this.#changeChildren(dom, before, now, how)
    }
  }

  /** If others have changed the children, the element is made anew. */
  *#changeChildren(dom, before, now, how) {
    try {
      yield* this.patch(dom, dom.firstChild, before.children ?? [], now.children ?? [], how)
    } catch (error) {
      if (!(error instanceof Disturbed)) throw error
      if (!dom.parentNode) throw error
      yield* this.#replace(dom, now)
    }
  }

  /**
   * Create the DOM of a node. It is `put` in place before it is filled, so that a long one is laid out step by step.
   */
  *#make(node, put) {
    if (typeof node === "string") put(document.createTextNode(node))
    else if (node.special) yield* this.#special(node, put)
    else yield* this.#element(node, put)
  }

  *#element({ tag, attrs, children = [] }, put) {
    const element = document.createElement(tag)
    setAttributes(element, {}, attrs)
    put(element)
    yield* this.patch(element, null, [], children)
    this.#help(element)
  }

  /**
   * Remove everything from an element.
   * @param {Element} element
   */
  clear(element) {
    for (const dom of [...element.childNodes]) this.#drop(dom)
  }

  /** Close the views of removed elements. */
  #drop(dom) {
    for (const element of [dom, ...(dom.querySelectorAll?.("figure") ?? [])]) this.#views.get(element)?.close?.()
    dom.remove()
  }

  *#special(node, put) {
    const view = this.#makers[node.special](node)
    this.#views.set(view.element, view)
    put(view.element)
    yield* this.#follow(view.element, node)
  }

  /** Update a view; returns whether it could. */
  *#follow(element, node, { whole = false } = {}) {
    const view = this.#views.get(element)
    if (whole && view.isIntact?.() === false) return false
    return view.update ? yield* view.update(node) : false
  }
}

/**
 * @param {Element} element
 * @param {Record<string, string>} before
 * @param {Record<string, string>} now
 */
export function setAttributes(element, before = {}, now = {}) {
  for (const name of Object.keys(before)) if (!(name in now)) element.removeAttribute(name)
  for (const [name, value] of Object.entries(now)) if (before[name] !== value) element.setAttribute(name, value)
}

/** A selection in what stays is kept. */
function rewrite(textNode, before, now) {
  let same = now.startsWith(before) ? before.length : 0
  while (same < before.length && before[same] === now[same]) same += 1
  textNode.replaceData(same, before.length - same, now.slice(same))
}

/**
 * Run all steps at once.
 * @param {Iterator<void>} steps
 */
export function runToEnd(steps) {
  while (!steps.next().done);
}
