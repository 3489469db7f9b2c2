import { IdleWork } from "../base/scheduling.js"

const STACKS = ["--sans", "--mono"]
const STYLES = ["", "600", "650", "italic"]
const SIZES_REM = [1, 0.94, 0.87, 0.86]
const WORDS = "가나다 abc 123 — ."
const BLOCKS = "**a** `b` [c](https://example.com)\n\n- d\n- e\n\n| f | g |\n|---|---|\n| h | i |\n\n```js\nj\n"

/**
 * Do in idle time what the first words of each kind would wait for: looking up fonts per script, weight and width, and
 * compiling the parser. Nothing is added to the page.
 * @param {(text: string) => unknown} parse
 */
export function warmUp(parse) {
  const root = getComputedStyle(document.documentElement)
  const canvas = document.createElement("canvas").getContext("2d")
  const measure = (style, rem, stack) => {
    canvas.font = `${style} ${rem * parseFloat(root.fontSize)}px ${root.getPropertyValue(stack)}`
    canvas.measureText(WORDS)
  }
  const jobs = [() => parse(BLOCKS)]
  for (const stack of STACKS)
    for (const style of STYLES) for (const rem of SIZES_REM) jobs.push(() => measure(style, rem, stack))
  new IdleWork(() => {
    jobs.shift()()
    return jobs.length > 0
  }).start()
}
