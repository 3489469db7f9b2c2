// Runs before a page's own scripts: when tokens arrive, when pixels follow, and how long tasks are.
{
  const arrivals = []
  const lags = []
  const tasks = []
  let received = 0
  let ended = false
  let measuring = false
  let settled = null

  const Original = window.WebSocket
  window.WebSocket = class extends Original {
    constructor(...given) {
      super(...given)
      this.addEventListener("message", ({ data }) => take(data))
    }
  }

  function take(data) {
    if (!measuring || typeof data !== "string") return
    if (data.startsWith('42["t')) {
      arrivals.push(performance.now())
      const [, token] = JSON.parse(data.slice(2))
      received += (token.text ?? token[2]).length // the naive page gets tokens with names
    } else if (data.startsWith('42["generation_ended"')) ended = true
  }

  /** What changed the text is painted with the next frame: a message posted in it arrives right after it. */
  function changed() {
    if (!measuring || arrivals.length === 0) return
    const shown = arrivals.splice(0)
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      const now = performance.now()
      for (const arrival of shown) lags.push(now - arrival)
    }
    requestAnimationFrame(() => port2.postMessage(null))
  }

  const last = () => [...document.querySelectorAll("[data-testid=body]")].at(-1)
  const inBody = ({ target }) => (target.closest ? target : target.parentElement)?.closest("[data-testid=body]")
  new MutationObserver((records) => {
    if (records.some(inBody)) changed()
  }).observe(document, { subtree: true, childList: true, characterData: true })

  new PerformanceObserver((list) => {
    tasks.push(...list.getEntries().map(({ duration }) => duration))
  }).observe({ entryTypes: ["longtask"] })

  window.probe = {
    begin() {
      measuring = true
      received = 0
      ended = false
      tasks.length = 0
      lags.length = 0
    },
    /** Over once the end came, the last answer says that it is finished, and nothing of it waits for a frame. */
    state() {
      const finished = ended && last()?.dataset.finished !== undefined
      if (finished) settled ??= performance.now()
      return { received, finished: finished && performance.now() - settled > 1500 }
    },
    /** Do a fixed piece of work; return how many milliseconds it took: the machine's own speed at the moment. */
    work() {
      const before = performance.now()
      for (let [n, sum] = [0, 0]; n < 5_000_000; n += 1) sum = (31 * sum + n) | 0
      return performance.now() - before
    },
    end() {
      measuring = false
      return { lags, tasks, shown: last()?.textContent.length ?? 0, expected: received }
    },
  }
}
