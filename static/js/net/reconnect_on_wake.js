const ASLEEP_MS = 20_000

/** After a sleep, or when the network is back, find out at once whether the connection still lives. */
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
