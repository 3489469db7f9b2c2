/**
 * The link by which another device joins: a one-time code, and the conversation that is to be open there. Both are in the
 * fragment, which browsers send to no server, neither in a request nor as a referrer.
 */

const CODE = /^[0-9A-Z]{4}-[0-9A-Z]{4}$/i
const CONVERSATION = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/

/** @param {{ origin: string, code: string, conversationId?: string | null }} parts */
export function writeJoinLink({ origin, code, conversationId = null }) {
  return `${origin}/join#${code}${conversationId ? `/${conversationId}` : ""}`
}

/**
 * `code` is null in what is no such link; `path` is what to open then.
 * @param {string} fragment as `location.hash`
 * @returns {{ code: string | null, path: string }}
 */
export function readJoinLink(fragment) {
  const [code, conversationId = ""] = fragment.slice(1).split("/")
  if (!CODE.test(code)) return { code: null, path: "/" }
  return { code, path: CONVERSATION.test(conversationId) ? `/c/${conversationId}` : "/" }
}
