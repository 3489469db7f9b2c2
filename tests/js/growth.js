const PARTS = 32

/**
 * How many times longer `act` takes with one long text than with its 32 parts, one after the other: 1 if it takes linear
 * time, 32 if quadratic. Unlike a time, it does not depend on the machine, and both take as long while it is busy.
 * @param {(text: string) => void} act
 * @param {string} piece what the text repeats
 * @param {number} length of the long text
 */
export function growth(act, piece, length) {
  const [whole, part] = [1, PARTS].map((parts) => piece.repeat(length / parts / piece.length))
  let [one, many] = [Infinity, Infinity]
  // Twice at least, as the first call compiles; then until an interruption of the longer part has passed.
  for (let n = 0; n < 2 || (n < 10 && one > 4 * many); n += 1) {
    many = Math.min(
      many,
      milliseconds(() => {
        for (let at = 0; at < PARTS; at += 1) act(part)
      }),
    )
    one = Math.min(
      one,
      milliseconds(() => act(whole)),
    )
  }
  return one / many
}

function milliseconds(act) {
  const start = performance.now()
  act()
  return performance.now() - start
}
