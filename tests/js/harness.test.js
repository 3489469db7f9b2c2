import { equal, ok, test } from "./harness.js"

class Point {
  constructor(x) {
    this.x = x
  }
}

const EQUAL = {
  "a number": [1, 1],
  NaN: [NaN, NaN],
  "nested values": [{ a: [1, { b: null }] }, { a: [1, { b: null }] }],
  "keys in another order": [
    { a: 1, b: 2 },
    { b: 2, a: 1 },
  ],
  maps: [new Map([["a", [1]]]), new Map([["a", [1]]])],
  sets: [new Set([1, 2]), new Set([1, 2])],
  dates: [new Date(5), new Date(5)],
  bytes: [new Uint8Array([1, 2]), new Uint8Array([1, 2])],
  "instances of one class": [new Point(1), new Point(1)],
}

const UNEQUAL = {
  "undefined and null": [undefined, null],
  "undefined and null in a list": [[undefined], [null]],
  "NaN and null": [[NaN], [null]],
  "a hole and undefined": [Array(1), [undefined]],
  "an undefined key and a missing one": [{ a: undefined }, {}],
  "a map and an object": [new Map(), {}],
  "two maps": [new Map([["a", 1]]), new Map([["a", 2]])],
  "a set and a list": [new Set([1]), [1]],
  "two dates": [new Date(5), new Date(6)],
  "two errors": [new Error("a"), new Error("b")],
  "a list and an object like it": [[1], { 0: 1 }],
  "an instance and an object like it": [new Point(1), { x: 1 }],
  "a number and its text": [1, "1"],
  "zero and minus zero": [0, -0],
  "a longer list": [[1], [1, 2]],
  "two functions": [() => 1, () => 1],
}

function fails(actual, expected) {
  try {
    equal(actual, expected)
    return null
  } catch (error) {
    return error.message
  }
}

test("equal accepts deeply equal values", () => {
  for (const [name, [one, other]] of Object.entries(EQUAL)) ok(fails(one, other) === null, name)
})

test("equal refuses values that differ, from either side", () => {
  for (const [name, [one, other]] of Object.entries(UNEQUAL)) {
    ok(fails(one, other) !== null, name)
    ok(fails(other, one) !== null, name)
  }
})

test("a failure shows both values, including those without JSON", () => {
  ok(
    fails([undefined, NaN], [null]) === 'expected [null], got ["<undefined>","<NaN>"]',
    fails([undefined, NaN], [null]),
  )
  ok(fails(new Map([["a", 1]]), {}) === 'expected {}, got {"Map":[["a",1]]}', fails(new Map([["a", 1]]), {}))
})
