import { findReadingPosition, ReadingPosition } from "../../../../static/js/thread/scroll/reading_position.js"
import { equal, test } from "../../harness.js"

/** A column of articles, each of two blocks of 100 pixels, at the top of the page. */
function column(articles) {
  document.body.replaceChildren()
  document.body.style.margin = "0"
  const root = document.body.appendChild(document.createElement("div"))
  for (let n = 0; n < articles; n += 1) {
    const article = root.appendChild(document.createElement("article"))
    const body = article.appendChild(document.createElement("div"))
    for (const name of ["a", "b"]) {
      const block = body.appendChild(document.createElement("p"))
      Object.assign(block.style, { height: "100px", margin: "0" })
      block.textContent = `${n}${name}`
    }
  }
  return root
}

const seen = (root, top) => findReadingPosition(root, top).node.textContent

test("the reading position is the first visible block, or the one that begins above", () => {
  const root = column(50)
  for (const [top, text] of [
    [-10, "0a0b"],
    [0, "0a0b"],
    [30, "0a"],
    [100, "0b"],
    [130, "0b"],
    [200, "1a1b"],
    [9950, "49b"],
  ]) {
    equal(seen(root, top), text, `from ${top}:`)
  }
  equal(findReadingPosition(root, 9950).offset, -50)
  equal(findReadingPosition(document.createElement("div"), 0), null)
})

test("groups of messages and gaps are no positions", () => {
  const root = column(4)
  const groups = [0, 1].map(() => document.createElement("div"))
  groups[0].append(...[...root.children].slice(0, 2))
  groups[1].append(...root.children)
  root.append(...groups)
  groups[1].style.marginTop = "50px"
  equal(seen(root, 430), "2a2b")
  equal(findReadingPosition(root, 430).node.tagName, "ARTICLE")
  equal(seen(root, 350), "1b")
})

test("scrollable and foldable elements are positions as a whole, hidden ones are none", () => {
  const root = column(1)
  const body = root.querySelector("article > div")
  const fold = document.createElement("details")
  const hidden = document.createElement("p")
  fold.open = true
  fold.append(document.createElement("summary"), ...body.children)
  Object.assign(hidden.style, { height: "1px", margin: "0" })
  body.append(hidden, fold)
  equal(findReadingPosition(root, 50).node.tagName, "DETAILS")
})

test("a position measures its drift by its top or bottom", () => {
  const root = column(3)
  const place = new ReadingPosition(root.children[1], 150, "top")
  const end = new ReadingPosition(root.children[1], 350, "bottom")
  equal([place.drift(50), end.drift(50)], [0, 0])
  root.children[0].style.paddingTop = "40px"
  equal([place.drift(50), end.drift(50)], [40, 40])
  root.children[1].remove()
  equal(place.connected, false)
})
