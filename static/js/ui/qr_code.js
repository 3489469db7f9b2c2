import { generate } from "../../vendor/lean-qr-2.7.4/index.mjs"
import { html } from "./lit.js"

/** The margin that scanners need, in modules. */
const QUIET = 4

/**
 * A QR code, dark on light in every theme.
 * @param {string} text
 * @param {string} label
 */
export function qrCode(text, label) {
  const { size, path } = qrPath(text)
  const side = size + 2 * QUIET
  return html`
    <svg class="qr" viewBox="0 0 ${side} ${side}" role="img" aria-label=${label} data-testid="qr"
      shape-rendering="crispEdges"><path d=${path} transform="translate(${QUIET} ${QUIET})"/></svg>`
}

/**
 * The dark modules as the path of an SVG, one rectangle for each run in a row; `size`: the modules of a side.
 * @param {string} text
 */
export function qrPath(text) {
  const code = generate(text)
  const { size } = code
  let path = ""
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const start = x
      while (x < size && code.get(x, y)) x++
      if (x > start) path += `M${start} ${y}h${x - start}v1h-${x - start}z`
    }
  }
  return { size, path }
}
