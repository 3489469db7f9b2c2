/** The page's colours that diagrams use, by purpose. */
const NAMES = ["paper", "raised", "sunken", "line", "edge", "text", "quiet", "accent", "accent-soft", "mark", "code"]
/** Distinguishable colours with enough contrast for the paper's colour. */
const SERIES = ["keyword", "string", "title", "type", "number", "attribute", "variable"].map((name) => `code-${name}`)

/**
 * How diagrams look: colours by purpose, and a series of distinguishable ones.
 * @typedef {{ colours: Record<string, string>, series: string[], font: string, dark: boolean }} Look
 */

/**
 * The present look, or that of a colour scheme, with colours resolved to rgb().
 * @param {HTMLElement} element
 * @param {"light" | "dark" | ""} [scheme]
 * @returns {Look}
 */
export function readColours(element, scheme = "") {
  const probe = document.createElement("span")
  probe.hidden = true
  probe.style.colorScheme = scheme
  element.append(probe)
  const read = (name) => {
    probe.style.setProperty("color", `var(--${name})`)
    return getComputedStyle(probe).color
  }
  const colours = Object.fromEntries(NAMES.map((name) => [name, read(name)]))
  const series = SERIES.map(read)
  const font = getComputedStyle(element).fontFamily
  probe.remove()
  return { colours, series, font, dark: lightness(colours.text) > lightness(colours.paper) }
}

function lightness(colour) {
  const [red = 0, green = 0, blue = 0] = (colour.match(/\d+(?:\.\d+)?/g) ?? []).map(Number)
  return red * 0.3 + green * 0.6 + blue * 0.1
}

/**
 * Call a function when the theme may have changed; returns the function that stops this.
 * @param {() => void} changed
 */
export function watchColours(changed) {
  const system = matchMedia("(prefers-color-scheme: dark)")
  const own = new MutationObserver(changed)
  system.addEventListener("change", changed)
  own.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] })
  return () => {
    system.removeEventListener("change", changed)
    own.disconnect()
  }
}
