/** @import { Connection } from "./connection.js" */
/** @import { ConversationSync } from "../state/conversation_sync.js" */

const ASLEEP_MS = 20_000

/**
 * Check the connection as soon as the device wakes or is online again.
 * @param {Connection} connection
 * @param {ConversationSync} sync
 */
export function reconnectOnWake(connection, sync) {
  let hiddenAt = 0
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) hiddenAt = Date.now()
    else if (Date.now() - hiddenAt > ASLEEP_MS) check()
  })
  window.addEventListener("online", check)

  function check() {
    if (connection.state === "connected") sync.id && sync.reopen()
    else connection.restart()
  }
}
