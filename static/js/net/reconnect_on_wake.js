/** @import { Connection } from "./connection.js" */
/** @import { ConversationSync } from "../state/conversation_sync.js" */

const ASLEEP_MS = 20_000

/**
 * Check the connection as soon as the device wakes, is online again, or shows the page from the back/forward cache:
 * its socket was closed there, which the page is told only later. Timers of hidden pages run late, those to reconnect, too.
 * @param {Connection} connection
 * @param {ConversationSync} sync
 */
export function reconnectOnWake(connection, sync) {
  let hiddenAt = 0
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) hiddenAt = Date.now()
    else if (Date.now() - hiddenAt > ASLEEP_MS || connection.state === "reconnecting") check()
  })
  window.addEventListener("pageshow", ({ persisted }) => {
    if (persisted) connection.restart()
  })
  window.addEventListener("online", check)

  function check() {
    if (connection.state === "connected") sync.id && sync.reopen()
    else connection.restart()
  }
}
