/**
 * The `wanted` index nearest to `centre`, at most `reach` away; the earlier of two. -1: none.
 * @param {number} length
 * @param {number} centre
 * @param {number} reach
 * @param {(at: number) => boolean} wanted
 */
export function findNearest(length, centre, reach, wanted) {
  for (let distance = 0; distance <= Math.min(reach, length); distance += 1) {
    for (const at of [centre - distance, centre + distance]) if (at >= 0 && at < length && wanted(at)) return at
  }
  return -1
}

/**
 * The `wanted` index farthest from `centre`, more than `reach` away. -1: none.
 * @param {number} length
 * @param {number} centre
 * @param {number} reach
 * @param {(at: number) => boolean} wanted
 */
export function findFarthest(length, centre, reach, wanted) {
  for (let distance = Math.max(centre, length - 1 - centre); distance > reach; distance -= 1) {
    for (const at of [centre - distance, centre + distance]) if (at >= 0 && at < length && wanted(at)) return at
  }
  return -1
}

/**
 * The indices around `centre` that fill a height, whether the centre is at its top, bottom or between.
 * @param {number} length
 * @param {number} centre
 * @param {number} height
 * @param {(at: number) => number} heightOf
 */
export function indicesAround(length, centre, height, heightOf) {
  const found = [centre]
  for (const step of [-1, 1]) {
    let rest = height
    for (let at = centre + step; at >= 0 && at < length && rest > 0; at += step) {
      found.push(at)
      rest -= heightOf(at)
    }
  }
  return found
}
