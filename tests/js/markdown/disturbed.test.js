import { equal, ok, seeded, settled, test } from "../harness.js"
import { PiecewiseRendering } from "../piecewise_rendering.js"

const context = { t: (key) => key, clipboard: null, announce: () => {} }
const TEXT = `# Title

First **paragraph** with \`code\` and $x^2$ in it.

- one
- two
  - three **bold**
- four

\`\`\`js
let a = 1
// a comment
let b = \`text\`
\`\`\`

| a | b |
|---|---|
| 1 | **2** |
| 3 | $4$ |

$$
\\frac{1}{2} + x
$$

> quoted *text*

Last words, and some more of them.
`

/** What others do to a page while an answer grows, given one of its elements and a random number. */
const DEEDS = {
  "wraps text as translators do"(element) {
    for (const node of textsIn(element)) {
      if (node.parentElement.localName === "font" || node.data.trim() === "") continue
      const font = document.createElement("font")
      node.replaceWith(font)
      font.append(document.createElement("font"))
      font.firstChild.append(node.data)
    }
  },
  "translates in place"(element) {
    for (const node of textsIn(element)) if (node.data === node.data.toLowerCase()) node.data = node.data.toUpperCase()
  },
  "removes text"(element, random) {
    pick(textsIn(element), random)?.remove()
  },
  "removes elements"(element, random) {
    pick([...element.querySelectorAll("*")], random)?.remove()
  },
  "wraps elements"(element, random) {
    const one = pick([...element.querySelectorAll("p, li, tr, figure, strong, .code__line, .part")], random)
    const span = document.createElement("span")
    one?.replaceWith(span)
    if (one) span.append(one)
  },
  "adds elements"(element, random) {
    const one = pick([...element.querySelectorAll("*")], random)
    one?.before(document.createElement("button"))
    one?.append(document.createElement("button"))
  },
  "empties all"(element) {
    element.replaceChildren()
  },
}

function textsIn(element) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
  const found = []
  while (walker.nextNode()) found.push(walker.currentNode)
  return found
}

/** What is left of an answer without the captions, which are no text of it. */
function bare(element) {
  const copy = element.cloneNode(true)
  for (const one of copy.querySelectorAll("figcaption, figure button")) one.remove()
  return copy
}

const pick = (list, random) => list[random(list.length)]

async function whole(text) {
  const { element, rendering } = start()
  rendering.push(text)
  rendering.finish()
  await rendering.settled
  return element
}

function start() {
  const element = document.createElement("div")
  return { element, rendering: new PiecewiseRendering({ element, context, docId: "id" }) }
}

test("an answer is whole at its end, whatever others do to the page meanwhile", async () => {
  const expected = await whole(TEXT)
  for (const [name, deed] of Object.entries(DEEDS)) {
    for (let seed = 1; seed <= 6; seed += 1) {
      const random = seeded(seed)
      const { element, rendering } = start()
      for (let at = 0; at < TEXT.length; ) {
        const to = at + 1 + random(12)
        rendering.push(TEXT.slice(at, to))
        rendering.flush()
        at = to
        deed(element, random)
        if (random(8) === 0) await settled()
      }
      rendering.finish()
      await rendering.settled
      ok(bare(element).isEqualNode(bare(expected)), `${name}, seed ${seed}: ${element.innerHTML}`)
    }
  }
})

test("an answer keeps up with a translator that follows each change", async () => {
  const { element, rendering } = start()
  const translator = new MutationObserver(() => DEEDS["wraps text as translators do"](element))
  translator.observe(element, { childList: true, characterData: true, subtree: true })
  for (const character of TEXT) {
    rendering.push(character)
    rendering.flush()
    await Promise.resolve()
    ok(element.textContent.length > 0 || TEXT.indexOf(character) < 3)
  }
  rendering.finish()
  await rendering.settled
  await settled()
  translator.disconnect()
  equal(element.textContent, (await whole(TEXT)).textContent)
  ok(element.querySelector("font"), "nothing was translated")
})

test("a translation of what is final stays until the end", async () => {
  const { element, rendering } = start()
  rendering.push("First paragraph.\n\nSecond")
  rendering.flush()
  DEEDS["wraps text as translators do"](element)
  const [translated] = element.querySelectorAll("font")
  for (const word of [" one", " two", "\n\nThird"]) {
    rendering.push(word)
    rendering.flush()
  }
  equal(element.querySelector("p").contains(translated), true)
  equal(
    [...element.querySelectorAll("p")].map(({ textContent }) => textContent),
    ["First paragraph.", "Second one two", "Third"],
  )
})

test("a text that cannot be rendered is shown plain", async () => {
  const errors = []
  const note = (event) => {
    errors.push(event.error.message)
    event.preventDefault()
  }
  addEventListener("error", note)
  const element = document.createElement("div")
  const t = () => {
    throw new Error("no words")
  }
  const rendering = new PiecewiseRendering({ element, context: { ...context, t }, docId: "id" })
  const text = "before\n\n```js\nlet a\n```\n\nafter"
  for (const character of text) {
    rendering.push(character)
    rendering.flush()
  }
  equal(element.textContent, text)
  rendering.finish()
  await rendering.settled
  removeEventListener("error", note)
  equal(element.textContent, text)
  equal(new Set(errors), new Set(["no words"]))
})
