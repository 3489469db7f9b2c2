import { FrameQueue } from "../../../static/js/base/scheduling.js"
import { CodeBlock } from "../../../static/js/code/code_block.js"
import { HighlightClient } from "../../../static/js/code/highlight_client.js"
import { WrapPreference } from "../../../static/js/code/wrap_preference.js"
import { equal, ok, seeded, settled, test, texts } from "../harness.js"

const words = await texts("ko")
const context = {
  t: (key, { language } = {}) => words[key].replace("{language}", language),
  clipboard: { copy: async () => true },
}
const PYTHON = `import os

@cache
def read(path: str) -> str:
    """여러 줄에
    걸친 설명 😀
    """
    with open(path) as file:  # 파일
        return f"{file.read()!r}" + 'x' * 42
`

function block(language, options = {}) {
  const one = new CodeBlock(context, { language, ...options })
  document.body.append(one.element)
  return one
}

async function finished(language, pieces, options) {
  const one = block(language, options)
  for (const piece of pieces) {
    one.append(piece)
    if (piece.includes("\n")) await settled()
  }
  one.finish()
  await one.settled
  const { innerHTML } = one.element
  one.element.remove()
  return innerHTML
}

/** Cut a text anywhere, in the middle of characters too. */
function cut(text, random) {
  const pieces = []
  for (let at = 0; at < text.length; ) {
    const to = at + 1 + random(12)
    pieces.push(text.slice(at, to))
    at = to
  }
  return pieces
}

test("the finished block is the same however the code was split", async () => {
  const random = seeded(3)
  const html = "<div class='a'>\n<!-- 😀\n -->\n<script>const a = `${1}`</script>\n</div>"
  for (const [language, code] of [
    ["python", PYTHON],
    ["html", html],
    ["", "그냥 😀\n\n\n글"],
    ["nosuch", "a\r\nb\n"],
    ["js", ""],
    ["nosuch", `${"글a😀".repeat(700)}\n${"x".repeat(999)}😀y`],
  ]) {
    const whole = await finished(language, [code])
    for (let n = 0; n < 8; n += 1) equal(await finished(language, cut(code, random)), whole, language)
  }
})

test("the lines hold exactly the code", async () => {
  const one = block("python")
  for (const piece of cut(PYTHON, seeded(5))) one.append(piece)
  equal(one.element.querySelector("code").textContent, PYTHON)
  one.finish()
  await one.settled
  equal(one.element.querySelector("code").textContent, PYTHON)
  equal(one.text, PYTHON)
  ok(one.element.querySelector(".code__keyword").textContent === "import")
  ok([...one.element.querySelectorAll(".code__string")].some(({ textContent }) => textContent.includes("걸친 설명 😀")))
  one.element.remove()
})

test("a line with unchanged highlighting is not touched", async () => {
  const one = block("python")
  one.append("import os\nx = 1\n")
  const line = one.element.querySelector(".code__line")
  const coloured = new Promise((resolve) => {
    new MutationObserver((_, it) => {
      it.disconnect()
      resolve()
    }).observe(line, { childList: true })
  })
  await coloured
  const keyword = line.firstChild
  for (let n = 0; n < 200; n += 1) one.append(`y${n} = "글"\n`)
  one.finish()
  await one.settled
  ok(line.isConnected && line.firstChild === keyword && keyword.className === "code__keyword")
  one.element.remove()
})

test("a line whose meaning changes later is highlighted again", async () => {
  const one = block("c")
  one.append("int a;\n/* open\nint b;\n")
  for (let n = 0; n < 50; n += 1) one.append(`line ${n}\n`)
  one.append("*/ int c;")
  one.finish()
  await one.settled
  const lines = [...one.element.querySelectorAll(".code__line")].map(({ firstChild }) => firstChild.className ?? "")
  equal(
    [lines[0], lines[2], lines[40], lines.at(-1)],
    ["code__type", "code__comment", "code__comment", "code__comment"],
  )
  one.element.remove()
})

test("without a worker code stays plain and still settles", async () => {
  const blocked = new HighlightClient({
    makeWorker: () => {
      throw new Error("blocked")
    },
  })
  const html = await finished("python", [PYTHON], { highlighter: blocked })
  ok(!html.includes("code__keyword") && html.includes("import os"))
})

test("a worker that fails or hangs is not waited for", async () => {
  const silent = () =>
    Object.assign(new EventTarget(), {
      postMessage() {},
      terminate() {
        this.ended = true
      },
    })
  const worker = silent()
  ok(
    await finished("python", [PYTHON], {
      highlighter: new HighlightClient({ makeWorker: () => worker, timeoutMs: 1 }),
    }),
  )
  ok(worker.ended)
  const failing = Object.assign(silent(), {
    postMessage() {
      this.dispatchEvent(new Event("error", { cancelable: true }))
    },
  })
  ok(await finished("python", [PYTHON], { highlighter: new HighlightClient({ makeWorker: () => failing }) }))
})

test("the worker forgets a block that is removed early", async () => {
  const messages = []
  const worker = Object.assign(new EventTarget(), {
    postMessage(message) {
      messages.push(message)
    },
    terminate() {},
  })
  const one = block("python", { highlighter: new HighlightClient({ makeWorker: () => worker }) })
  one.append("x")
  one.close()
  await one.settled
  equal(messages, [
    { id: 1, language: "python" },
    { id: 1, text: "x" },
    { id: 1, forget: true },
  ])
  one.element.remove()
})

test("the choice to wrap lines applies to new blocks", () => {
  const memory = new Map()
  const storage = { getItem: (key) => memory.get(key) ?? null, setItem: (key, value) => memory.set(key, value) }
  const wrapping = new WrapPreference({ storage })
  const [one, other] = [block("", { wrapping }), block("", { wrapping })]
  const button = one.element.querySelector("[data-testid=code-wrap]")
  equal(button.getAttribute("aria-pressed"), "false")
  button.click()
  equal(button.getAttribute("aria-pressed"), "true")
  equal(
    [one, other, block("", { wrapping })].map(({ element }) => element.classList.contains("code--wrapped")),
    [true, false, true],
  )
  document.body.replaceChildren()
})

test("an overflowing block is focusable and labelled", async () => {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(
    "pre { overflow-x: auto; inline-size: 300px } .code__text, .code__line { display: block; inline-size: max-content; white-space: pre }",
  )
  document.adoptedStyleSheets = [sheet]
  const one = block("python")
  one.append(`x = "${"가".repeat(200)}"`)
  one.finish()
  await one.settled
  const scroller = one.element.querySelector("pre")
  equal(
    [scroller.tabIndex, scroller.getAttribute("role"), scroller.getAttribute("aria-label")],
    [0, "group", "Python 코드"],
  )
  one.element.remove()
  document.adoptedStyleSheets = []
})

test("jobs run in order, a few per frame", async () => {
  const queue = new FrameQueue()
  const done = []
  for (let n = 0; n < 500; n += 1) queue.add(() => done.push(n))
  ok(done.length < 500)
  await new Promise((resolve) => {
    queue.add(resolve)
  })
  equal(
    done,
    Array.from({ length: 500 }, (_, n) => n),
  )
})

test("an exclusive job has a frame of its own", async () => {
  const queue = new FrameQueue()
  let frame = 0
  let counting = true
  requestAnimationFrame(function count() {
    frame += 1
    if (counting) requestAnimationFrame(count)
  })
  const frames = []
  const job = () => frames.push(frame)
  for (const name of ["add", "add", "addAlone", "add", "addAlone"]) queue[name](() => job())
  await new Promise((resolve) => {
    queue.add(resolve)
  })
  counting = false
  equal(frames.length, 5)
  equal(new Set(frames.slice(1)).size, 4, `a frame each from the second on: ${frames}`)
})

test("parts of code that arrives at once become skippable in a single frame", async () => {
  const queue = new FrameQueue()
  let alone = 0
  const one = block("", {
    queue: {
      add: (job) => queue.add(job),
      addAlone(job) {
        alone += 1
        queue.addAlone(job)
      },
    },
  })
  one.append("x = 1\n".repeat(1000))
  one.finish()
  await one.settled
  equal([alone, one.element.querySelectorAll(".code__part--past").length], [1, 17])
  one.element.remove()
})

test("all but the last parts of long code are skippable, however it was split", async () => {
  const text = "x = 1\n".repeat(230)
  const behind = [true, true, false, false, false]
  for (const pieces of [[text], text.match(/[^]{1,170}/g)]) {
    for (const language of ["python", ""]) {
      const one = block(language)
      for (const piece of pieces) one.append(piece)
      one.finish()
      await one.settled
      equal(
        [...one.element.querySelectorAll(".code__part")].map(({ classList }) => classList.contains("code__part--past")),
        behind,
      )
      one.element.remove()
    }
  }
})

test("the colours of a diff reach beyond the text of its lines", async () => {
  const html = await finished("diff", ["+ a\n", "- b\n c\n"])
  equal(
    [...html.matchAll(/"(code__line[^"]*)"/g)].map(([, name]) => name),
    ["code__line code__line--inserted", "code__line code__line--deleted", "code__line"],
  )
})
