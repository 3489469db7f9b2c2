/**
 * Whether two values are equal in depth: the same types, the same own keys (in any order), the same entries of maps
 * and sets in their order. NaN equals NaN; undefined is not null, and a missing key is not an undefined one.
 */
export function deepEqual(one, other) {
  if (Object.is(one, other)) return true
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false
  if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false
  if (one instanceof Date) return Object.is(one.getTime(), other.getTime())
  if (one instanceof RegExp) return String(one) === String(other)
  if (one instanceof Map || one instanceof Set) return deepEqual([...one], [...other])
  if (one instanceof Error && one.message !== other.message) return false
  if (ArrayBuffer.isView(one)) return deepEqual([...one], [...other])
  const keys = Reflect.ownKeys(one)
  return (
    keys.length === Reflect.ownKeys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && deepEqual(one[key], other[key]))
  )
}

/** A value as shown in a failure: JSON, with the values that JSON would drop or change. */
export function shown(value) {
  return (
    JSON.stringify(value, (_, one) => {
      if (one === undefined || typeof one === "function" || typeof one === "symbol") return `<${String(one)}>`
      if (typeof one === "number" && !Number.isFinite(one)) return `<${one}>`
      if (typeof one === "bigint") return `<${one}n>`
      if (Object.is(one, -0)) return "<-0>"
      if (one instanceof Map || one instanceof Set) return { [one.constructor.name]: [...one] }
      if (one instanceof RegExp) return `<${one}>`
      return one
    }) ?? String(value)
  )
}
