/** The script of the sandboxed page that shows a diagram and posts its size. */
const [screen, paper] = ["diagram", "paper"].map((id) => document.getElementById(id))
const postToParent = (message) => parent.postMessage(message, location.origin)

addEventListener("message", ({ source, data }) => {
  if (source === parent) receive(data)
})
// Links in diagrams are inert.
addEventListener("click", (event) => event.preventDefault(), true)
addEventListener("submit", (event) => event.preventDefault(), true)
postToParent({ ready: true })

/** @param {{ markup?: string, dark?: boolean, paper?: string, take?: boolean }} message */
function receive({ markup, dark, paper: printed, take }) {
  if (markup !== undefined) {
    document.documentElement.style.colorScheme = dark ? "dark" : "light"
    document.documentElement.classList.toggle("dark", dark)
    paper.replaceChildren()
    postToParent(place(screen, markup))
  }
  if (printed !== undefined) place(paper, printed)
  if (take) postToParent({ svg: read() })
}

/**
 * Show a diagram in a container; returns its size.
 * @param {HTMLElement} container
 * @param {string} markup
 */
function place(container, markup) {
  container.innerHTML = markup
  for (const link of container.querySelectorAll("a")) {
    for (const { name } of [...link.attributes]) if (/href$|^target$/i.test(name)) link.removeAttribute(name)
  }
  /** @type {SVGSVGElement} */
  const svg = container.querySelector("svg")
  const { width, height } = svg.viewBox.baseVal?.width > 0 ? svg.viewBox.baseVal : svg.getBoundingClientRect()
  // Nothing hidden can be measured, and both are of one size.
  const seen = screen.querySelector("svg")?.getAttribute("viewBox")
  svg.setAttribute("viewBox", svg.getAttribute("viewBox") ?? seen ?? `0 0 ${width} ${height}`)
  for (const name of ["width", "height", "style"]) svg.removeAttribute(name)
  return { width, height }
}

/** The diagram as a document of its own, with its size. */
function read() {
  const svg = /** @type {SVGSVGElement} */ ((paper.querySelector("svg") ?? screen.querySelector("svg")).cloneNode(true))
  for (const one of svg.querySelectorAll("script")) one.remove()
  for (const one of svg.querySelectorAll("*"))
    for (const { name } of [...one.attributes]) if (/^on/i.test(name)) one.removeAttribute(name)
  const { width, height } = svg.viewBox.baseVal
  for (const [name, value] of Object.entries({ width, height })) svg.setAttribute(name, String(Math.ceil(value)))
  return new XMLSerializer().serializeToString(svg)
}
