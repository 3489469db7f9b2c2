const SIZE = 20

/**
 * Puts the elements of a long list into groups, so that the browser can skip groups out of view. An element stays in
 * its group.
 */
export class MessageGroups {
  #root
  /** @type {Map<HTMLElement, HTMLElement>} */
  #groupOf = new Map()
  #heightOf

  /**
   * `heightOf` estimates the height of an element, in rem.
   * @param {{ root: HTMLElement, heightOf: (element: HTMLElement) => number }} parts
   */
  constructor({ root, heightOf }) {
    this.#root = root
    this.#heightOf = heightOf
  }

  /**
   * Show elements in this order.
   * @param {HTMLElement[]} elements
   */
  show(elements) {
    const groups = this.#assign(elements)
    const wanted = new Set(elements)
    for (const element of this.#groupOf.keys()) if (!wanted.has(element)) this.#groupOf.delete(element)
    arrangeChildren(this.#root, [...groups.keys()])
    for (const [group, members] of groups) {
      arrangeChildren(group, members)
      for (const member of members) this.#groupOf.set(member, group)
      group.style.setProperty("--estimate", `${members.reduce((sum, one) => sum + this.#heightOf(one), 0)}rem`)
    }
  }

  /**
   * An element was replaced by another.
   * @param {HTMLElement} old
   * @param {HTMLElement} fresh
   */
  replaced(old, fresh) {
    this.#groupOf.set(fresh, this.#groupOf.get(old))
    this.#groupOf.delete(old)
  }

  /**
   * The groups with their members, in order.
   * @param {HTMLElement[]} elements
   */
  #assign(elements) {
    /** @type {Map<HTMLElement, HTMLElement[]>} */
    const groups = new Map()
    let group = null
    for (const [from, to] of groupRuns(elements, (element) => this.#groupOf.get(element) ?? null)) {
      const known = this.#groupOf.get(elements[from])
      const next = this.#groupOf.get(elements[to])
      if (known) group = known
      let rest = elements.slice(from, to)
      if (!known && group) {
        const room = next === group ? rest.length : Math.max(0, SIZE - groups.get(group).length)
        groups.get(group).push(...rest.slice(0, room))
        rest = rest.slice(room)
      }
      if (known) groups.set(group, [...(groups.get(group) ?? []), ...rest])
      else for (const part of chunk(rest)) groups.set((group = createGroup()), part)
    }
    return groups
  }
}

/** Runs of elements with equal keys, as [from, to). */
function* groupRuns(elements, keyOf) {
  let from = 0
  for (let at = 1; at <= elements.length; at += 1) {
    if (at < elements.length && keyOf(elements[at]) === keyOf(elements[from])) continue
    yield [from, at]
    from = at
  }
}

/** The short chunk comes first: older elements are added in front of it, in groups of their own. */
function chunk(elements) {
  const list = []
  for (let end = elements.length; end > 0; end -= SIZE) list.unshift(elements.slice(Math.max(0, end - SIZE), end))
  return list
}

function createGroup() {
  const group = document.createElement("div")
  group.className = "thread__sheet"
  return group
}

/**
 * Set the children of a root in order. Elements that stay are not removed and reinserted: they keep focus, selection
 * and remembered size.
 * @param {HTMLElement} root
 * @param {HTMLElement[]} children
 */
export function arrangeChildren(root, children) {
  /** @type {Set<Element>} */
  const wanted = new Set(children)
  for (const child of [...root.children]) if (!wanted.has(child)) child.remove()
  let next = root.firstElementChild
  for (const child of children) {
    if (child === next) next = next.nextElementSibling
    else root.insertBefore(child, next)
  }
}
