/** What the handshake names in `takes`, so that the server sends `t` instead of `token`. */
export const SHORT_TOKENS = "short_tokens"

/**
 * Turn the short form of a token into the one with names; leave other events alone. The id stays short.
 * @param {string} name
 * @param {any} payload
 * @returns {[Wire.FactName, Wire.Fact]}
 */
export function expand(name, payload) {
  if (name !== "t") return [/** @type {Wire.FactName} */ (name), payload]
  const [id, seq, text, kind] = payload
  return ["token", { id, seq, text, kind }]
}
