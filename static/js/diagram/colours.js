/** Purposes of the page's colours that a diagram takes over. */
const NAMES = ["paper", "raised", "sunken", "line", "edge", "text", "quiet", "accent", "accent-soft", "mark", "code"]
/** Colours that can be told apart, and that the paper's colour can be read on. */
const SERIES = ["keyword", "string", "title", "type", "number", "attribute", "variable"].map((name) => `code-${name}`)

/** The page's colours as they are now, by purpose, in a form that any program reads; `dark` tells which kind they are. */
export function readColours(element) {
  const probe = document.createElement("span")
  probe.hidden = true
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

/** Call when the page may have changed its colours, by its own choice or the system's; returns how to stop. */
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
