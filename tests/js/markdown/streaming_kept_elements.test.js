import { equal, ok, test } from "../harness.js"
import { PiecewiseRendering, rendered } from "../piecewise_rendering.js"

const context = { t: (key) => key, clipboard: null, announce: () => {} }

/** Stream a text in these pieces into an element of the page, rendering each piece. */
function streaming(...pieces) {
  const element = document.body.appendChild(document.createElement("div"))
  const rendering = new PiecewiseRendering({ element, context, docId: "id" })
  const push = (piece) => {
    rendering.push(piece)
    rendering.flush()
  }
  for (const piece of pieces) push(piece)
  return { element, rendering, push }
}

/** All elements that match, in an array. */
const all = (element, selector) => [...element.querySelectorAll(selector)]
const items = (count, end = "\n") => Array.from({ length: count }, (_, n) => `- item **${n}**${end}`).join("")

async function endsAs(text, { element, rendering }) {
  rendering.finish()
  await rendering.settled
  const expected = await rendered(text, context)
  ok(element.isEqualNode(expected), `expected ${expected.innerHTML}, got ${element.innerHTML}`)
}

test("a list that turns loose keeps its elements", async () => {
  const text = `${items(100)}\n- last\n`
  const shown = streaming(items(100))
  const before = all(shown.element, "li:not(:last-child) *")
  ok(before.length > 150)
  shown.push("\n- last\n")
  equal(
    all(shown.element, "ul").map(({ className }) => className),
    ["loose", "goes-on loose", "goes-on loose"],
  )
  await endsAs(text, shown)
  equal(
    before.filter((one) => !one.isConnected),
    [],
  )
})

test("code in a list that turns loose keeps its element", async () => {
  const first = "1. **A**: x\n\n   ```js\n   let a = 1\n   ```\n2. **B**: y\n   ```js\n   let b = 2\n   ```\n"
  const shown = streaming(first)
  const [code] = all(shown.element, "figure")
  shown.push("\n3. **C**: z\n")
  await endsAs(`${first}\n3. **C**: z\n`, shown)
  equal(code.isConnected, true)
})

test("a block removed at the end leaves those after it alone", async () => {
  const rest = "## Title\n\ntext\n\n```js\nlet a = 1\n```\n\n"
  const text = `note[^1]\n\n[^1]: explained\n\n${rest.repeat(3)}end`
  const shown = streaming(...text)
  const before = all(shown.element, "h2, figure")
  equal(before.length, 6)
  await endsAs(text, shown)
  equal(
    before.filter((one) => !one.isConnected),
    [],
  )
})

test("a continued answer keeps all but its last block", async () => {
  const text = `# Title\n\n${"A paragraph with **bold**.\n\n".repeat(40)}\`\`\`js\nlet a = 1\n\`\`\`\n\n- one\n- two`
  const shown = streaming(text)
  shown.rendering.finish()
  await shown.rendering.settled
  const before = all(shown.element, "h1, strong, figure, li:first-child")
  equal(before.length, 43)
  shown.push(" and more\n- three\n\nThe end")
  equal(
    before.filter((one) => !one.isConnected),
    [],
  )
  ok(shown.element.textContent.endsWith("two and morethreeThe end"), shown.element.textContent.slice(-40))
  await endsAs(`${text} and more\n- three\n\nThe end`, shown)
  equal(
    before.filter((one) => !one.isConnected),
    [],
  )
})

const CONTINUATIONS = {
  "a paragraph": ["first\n\nsecond", " goes on\n\nthird"],
  "code without an end": ["text\n\n```js\nlet a = 1", "\nlet b = 2\n```\n\nend"],
  "a long list": [items(130), items(50)],
  "a long table": [`| a | b |\n|---|---|\n${"| 1 | **2** |\n".repeat(100)}`, "| 3 | 4 |\n".repeat(50)],
  footnotes: ["text[^1] and\n\nmore[^1]\n\n[^1]: note", " that goes on\n\nend[^1]"],
  "a reference": ["[here][r]\n\n[r]: https://example.com\n\nlast", " [there][r]\n\nend"],
  "half a line end": ["one\r", "\ntwo\r\nthree"],
  nothing: ["", "text"],
  "only a definition": ["[r]: https://example.com", "\n\n[r]"],
}

test("an answer continues as one text, whatever it ended with", async () => {
  for (const [first, second] of Object.values(CONTINUATIONS)) {
    const shown = streaming(first)
    shown.rendering.finish()
    await shown.rendering.settled
    for (const character of second) shown.push(character)
    await endsAs(first + second, shown)
  }
})

test("an answer that continues before its end is painted shows all words", async () => {
  const text = `${"A paragraph.\n\n".repeat(300)}last`
  const shown = streaming(text.slice(0, 2000), text.slice(2000))
  shown.rendering.finish()
  shown.push(" words")
  equal(all(shown.element, "p").length, 301)
  ok(shown.element.textContent.endsWith("A paragraph.last words"), shown.element.textContent.slice(-40))
  await endsAs(`${text} words`, shown)
})

test("a backlog at the end is painted in slices", async () => {
  const text = items(3000)
  const { element, rendering } = streaming(text.slice(0, 2000))
  const before = all(element, "li:not(:last-child)")
  rendering.push(text.slice(2000))
  rendering.finish()
  ok(all(element, "li").length < 200, "not all at once")
  await rendering.settled
  equal(all(element, "li").length, 3000)
  equal(
    before.filter((one) => !one.isConnected),
    [],
  )
})

/** A list that is mostly not rendered at its end, and the number of rendered items per frame. */
async function leftBehind(count, frames = Infinity) {
  const text = items(count)
  const shown = streaming(text.slice(0, 2000))
  const seen = []
  shown.rendering.push(text.slice(2000))
  shown.rendering.finish()
  let isPainted = false
  shown.rendering.painted.then(() => {
    isPainted = true
  })
  while (!isPainted && seen.length < frames) {
    seen.push(all(shown.element, "li").length)
    await new Promise((resolve) => {
      requestAnimationFrame(resolve)
    })
  }
  return { ...shown, text, seen }
}

test("a backlog at the end is shown step by step, then replaced by the final rendering", async () => {
  const { seen, text, ...shown } = await leftBehind(1000)
  equal(
    seen,
    seen.toSorted((a, b) => a - b),
  )
  ok(new Set(seen).size >= 5, `it jumped: ${seen}`)
  equal(all(shown.element, "li").length, 1000)
  await endsAs(text, shown)
})

test("catching up ends when the text continues, is replaced or closed", async () => {
  const goesOn = await leftBehind(1000, 3)
  const first = goesOn.rendering.painted
  goesOn.rendering.push("- the last\n")
  await first
  await endsAs(`${goesOn.text}- the last\n`, goesOn)
  const exchanged = await leftBehind(1000, 3)
  const other = exchanged.rendering.painted
  exchanged.rendering.replace("another text")
  await other
  await endsAs("another text", exchanged)
  const { rendering, element } = await leftBehind(1000, 3)
  rendering.close()
  await rendering.painted
  equal(element.childNodes.length, 0)
})

test("there is one caret after the last words, and none at the end", async () => {
  const carets = ({ element }) => all(element, "[data-caret]").map(({ textContent }) => textContent)
  const shown = streaming("one\n\n".repeat(20), "two")
  equal(carets(shown), ["two"])
  shown.push("\n\n- a\n  - b\n- c\n  - d")
  equal(carets(shown), ["d"])
  shown.push("\n\n> quoted")
  equal(carets(shown), ["quoted"])
  shown.push("\n\n```js\nlet a")
  equal(carets(shown), [])
  shown.push("\n```\n\n## End")
  equal(carets(shown), ["End"])
  await endsAs(
    `${"one\n\n".repeat(20)}two\n\n- a\n  - b\n- c\n  - d\n\n> quoted\n\n\`\`\`js\nlet a\n\`\`\`\n\n## End`,
    shown,
  )
})

const behind = (element) => all(element, ".part").map(({ classList }) => classList.contains("part--past"))

test("earlier parts become skippable, in a step of their own", async () => {
  const element = document.body.appendChild(document.createElement("div"))
  const rendering = new PiecewiseRendering({ element, context, docId: "id" })
  const steps = []
  const observer = new MutationObserver((records) => steps.push(records))
  observer.observe(element, { attributeFilter: ["class"], childList: true, characterData: true, subtree: true })
  rendering.push(items(170))
  while (behind(element).filter(Boolean).length < 3)
    await new Promise((resolve) => {
      requestAnimationFrame(resolve)
    })
  observer.disconnect()
  equal(behind(element), [true, true, true, false, false])
  const skipping = steps.filter((records) => records.some(({ type }) => type === "attributes"))
  ok(skipping.length > 0)
  equal(
    skipping.flat().filter(({ type }) => type !== "attributes"),
    [],
  )
  await endsAs(items(170), { element, rendering })
})

test("earlier parts of a table become skippable, too", async () => {
  const text = `| a | b |\n|---|---|\n${"| c | **d** |\n".repeat(170)}`
  const element = document.body.appendChild(document.createElement("div"))
  const rendering = new PiecewiseRendering({ element, context, docId: "id" })
  rendering.push(text)
  while (behind(element).filter(Boolean).length < 3)
    await new Promise((resolve) => {
      requestAnimationFrame(resolve)
    })
  equal(behind(element), [false, true, true, true, false, false], "the first is the one that the table is in")
  await endsAs(text, { element, rendering })
})

test("parts at the end of a continued list are not skippable", async () => {
  const text = `${"A paragraph.\n\n".repeat(40)}${items(170)}`
  const shown = streaming(text)
  shown.rendering.finish()
  await shown.rendering.settled
  ok(behind(shown.element).filter(Boolean).length > 4)
  shown.push("- more\n")
  equal(behind(shown.element).slice(-2), [false, false])
  await endsAs(`${text}- more\n`, shown)
})

test("a selection in the words before stays when the last ones are written anew", () => {
  const { element, push } = streaming("이것은 굵게(bold)")
  const [text] = element.querySelector("p").childNodes
  document.getSelection().setBaseAndExtent(text, 0, text, 3)
  push("입니다. 50%")
  push("는")
  equal([element.textContent.trim(), String(document.getSelection())], ["이것은 굵게(bold)입니다. 50%는", "이것은"])
  element.remove()
})
