/** The script of the sandboxed page that shows a diagram and posts its size. */
const container = document.getElementById("diagram")
const postToParent = (message) => parent.postMessage(message, location.origin)

addEventListener("message", ({ source, data }) => {
  if (source === parent) show(data)
})
// Links in diagrams are inert.
addEventListener("click", (event) => event.preventDefault(), true)
addEventListener("submit", (event) => event.preventDefault(), true)
postToParent({ ready: true })

/** @param {{ markup: string, dark: boolean }} diagram */
function show({ markup, dark }) {
  document.documentElement.style.colorScheme = dark ? "dark" : "light"
  container.innerHTML = markup
  for (const link of container.querySelectorAll("a")) {
    for (const { name } of [...link.attributes]) if (/href$|^target$/i.test(name)) link.removeAttribute(name)
  }
  /** @type {SVGSVGElement} */
  const svg = container.querySelector("svg")
  const { width, height } = svg.viewBox.baseVal?.width > 0 ? svg.viewBox.baseVal : svg.getBoundingClientRect()
  svg.setAttribute("viewBox", svg.getAttribute("viewBox") ?? `0 0 ${width} ${height}`)
  for (const name of ["width", "height", "style"]) svg.removeAttribute(name)
  postToParent({ width, height })
}
