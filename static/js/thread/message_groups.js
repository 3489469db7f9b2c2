const SIZE = 20

/**
 * Groups a long list of elements into sheets, so that the browser passes over what is out of sight by the sheet, not
 * one by one. What was put onto a sheet stays on it.
 */
export class Sheets {
  #root
  #sheetOf = new Map()
  #heightOf

  /** `heightOf` guesses the height of an element, in rem. */
  constructor({ root, heightOf }) {
    this.#root = root
    this.#heightOf = heightOf
  }

  /** Show these elements, in this order. */
  show(elements) {
    const sheets = this.#dealt(elements)
    const wanted = new Set(elements)
    for (const element of this.#sheetOf.keys()) if (!wanted.has(element)) this.#sheetOf.delete(element)
    arrangeChildren(this.#root, [...sheets.keys()])
    for (const [sheet, members] of sheets) {
      arrangeChildren(sheet, members)
      for (const member of members) this.#sheetOf.set(member, sheet)
      sheet.style.setProperty("--estimate", `${members.reduce((sum, one) => sum + this.#heightOf(one), 0)}rem`)
    }
  }

  /** One element has taken the place of another. */
  replaced(old, fresh) {
    this.#sheetOf.set(fresh, this.#sheetOf.get(old))
    this.#sheetOf.delete(old)
  }

  /** Each sheet with its members, in order. */
  #dealt(elements) {
    const sheets = new Map()
    let sheet = null
    for (const [from, to] of runs(elements, (element) => this.#sheetOf.get(element) ?? null)) {
      const known = this.#sheetOf.get(elements[from])
      const next = this.#sheetOf.get(elements[to])
      if (known) sheet = known
      let rest = elements.slice(from, to)
      if (!known && sheet) {
        const room = next === sheet ? rest.length : Math.max(0, SIZE - sheets.get(sheet).length)
        sheets.get(sheet).push(...rest.slice(0, room))
        rest = rest.slice(room)
      }
      if (known) sheets.set(sheet, [...sheets.get(sheet) ?? [], ...rest])
      else for (const part of parts(rest)) sheets.set(sheet = made(), part)
    }
    return sheets
  }
}

/** Stretches of equal kind, as [from, to). */
function * runs(elements, kindOf) {
  let from = 0
  for (let at = 1; at <= elements.length; at += 1) {
    if (at < elements.length && kindOf(elements[at]) === kindOf(elements[from])) continue
    yield [from, at]
    from = at
  }
}

/** The short part comes first, where the next older ones will find no room, and so stays the only one. */
function parts(elements) {
  const list = []
  for (let end = elements.length; end > 0; end -= SIZE) list.unshift(elements.slice(Math.max(0, end - SIZE), end))
  return list
}

function made() {
  const sheet = document.createElement("div")
  sheet.className = "thread__sheet"
  return sheet
}

/**
 * Give a root these children in this order. What stays is not taken out and put back: it keeps its focus, its
 * selection and its remembered size.
 */
export function arrangeChildren(root, children) {
  const wanted = new Set(children)
  for (const child of [...root.children]) if (!wanted.has(child)) child.remove()
  let next = root.firstElementChild
  for (const child of children) {
    if (child === next) next = next.nextElementSibling
    else root.insertBefore(child, next)
  }
}
