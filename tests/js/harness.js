import { deepEqual, shown } from "./deep_equal.js"

/** The smallest harness that will do: a test file imports it, a page runs it and reads `run()`. */
const tests = []

export function test(name, body) { tests.push({ name, body }) }

export function ok(value, message = "expected something true") {
  if (!value) throw new Error(message)
}

export function equal(actual, expected, message = "") {
  if (!deepEqual(actual, expected)) throw new Error(`${message} expected ${shown(expected)}, got ${shown(actual)}`.trim())
}

/** Whole numbers below n, the same for the same seed. */
export function seeded(seed) {
  let state = seed >>> 0
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * n)
  }
}

/** The page's texts in a language, as the server hands them to it. */
export const texts = async (language) => (await fetch(`/texts/${language}.json`)).json()

/** Let promises that are settled already run their course. */
export const settled = () => new Promise((resolve) => { setTimeout(resolve) })

/** Run all tests; return [{name, error}] with error null where all is well. */
export async function run() {
  const results = []
  for (const { name, body } of tests) {
    try {
      await body()
      results.push({ name, error: null })
    } catch (error) {
      results.push({ name, error: error.stack ?? String(error) })
    }
  }
  return results
}
