import { deepEqual, shown } from "./deep_equal.js"

/** A minimal harness: a test file imports it, a page runs it and reads `run()`. */
const tests = []

export function test(name, body) {
  tests.push({ name, body })
}

export function ok(value, message = "expected something true") {
  if (!value) throw new Error(message)
}

export function equal(actual, expected, message = "") {
  if (!deepEqual(actual, expected))
    throw new Error(`${message} expected ${shown(expected)}, got ${shown(actual)}`.trim())
}

/** A seeded generator of integers below n. */
export function seeded(seed) {
  let state = seed >>> 0
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * n)
  }
}

/** The page's texts in a language. */
export const texts = async (language) => (await fetch(`/texts/${language}.json`)).json()

/** Let settled promises run their reactions. */
export const settled = () =>
  new Promise((resolve) => {
    setTimeout(resolve)
  })

/** Run all tests; returns [{name, error}], error null for success. A reported error fails a test, unless it prevents that. */
export async function run() {
  const results = []
  /** @type {ErrorEvent[]} */
  let reported = []
  addEventListener("error", (event) => reported.push(event))
  for (const { name, body } of tests) {
    reported = []
    try {
      await body()
      for (const { error, defaultPrevented } of reported) if (error && !defaultPrevented) throw error
      results.push({ name, error: null })
    } catch (error) {
      results.push({ name, error: error.stack ?? String(error) })
    }
  }
  return results
}
