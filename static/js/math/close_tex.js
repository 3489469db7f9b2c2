const PART = /\\begin\{([^}]*)\}|\\end\{[^}]*\}|\\(?:left|right)(?![A-Za-z])|\\[A-Za-z]+|\\[^]|[{}]/g
/** The last mark of a growing formula may have been added to close it, within what is open. */
const LAST_END = /\\end\{[^}]*\}\s*$/

/**
 * Close what is open in a formula that still grows: groups, environments, pairs of delimiters.
 * @param {string} tex
 */
export function closeTex(tex) {
  const rest = tex.replace(LAST_END, "")
  const open = []
  for (const { 0: part, 1: environment } of rest.matchAll(PART)) {
    if (part === "{") open.push("}")
    else if (part === "\\left") open.push("\\right.")
    else if (environment !== undefined) open.push(`\\end{${environment}}`)
    else if (part === "}" || part === "\\right" || part.startsWith("\\end{")) open.pop()
  }
  return rest + open.reverse().join("")
}
