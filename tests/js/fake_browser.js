/** A browser that tests share among tabs: its storage (with the events that other tabs get), channels and locks. */
export class FakeBrowser {
  #items = new Map()
  #tabs = []

  /** A tab of it: {storage, window, channel(name), locks}. */
  tab() {
    const tab = { listeners: {}, channels: [] }
    const others = () => this.#tabs.filter((one) => one !== tab)
    const notify = (key, newValue) => {
      for (const one of others()) one.listeners.storage?.({ key, newValue })
    }
    tab.window = {
      addEventListener: (name, listener) => {
        tab.listeners[name] = listener
      },
    }
    tab.storage = {
      keys: (prefix) => [...this.#items.keys()].filter((key) => key.startsWith(prefix)),
      getItem: (key) => this.#items.get(key) ?? null,
      setItem: (key, value) => {
        this.#items.set(key, value)
        notify(key, value)
      },
      removeItem: (key) => {
        if (this.#items.delete(key)) notify(key, null)
      },
      watch: (listener) => tab.window.addEventListener("storage", ({ key, newValue }) => listener(key, newValue)),
    }
    tab.channel = (name) => {
      const channel = {
        name,
        addEventListener: (_, listener) => {
          channel.receive = listener
        },
      }
      channel.postMessage = (data) => {
        const copy = JSON.parse(JSON.stringify(data))
        for (const one of others().flatMap(({ channels }) => channels))
          if (one.name === name) one.receive({ data: copy })
      }
      tab.channels.push(channel)
      return channel
    }
    tab.close = () => {
      this.#tabs = others()
    }
    this.#tabs.push(tab)
    return tab
  }

  get keys() {
    return [...this.#items.keys()]
  }
}

/** Jobs of one name run one after the other, as with navigator.locks. */
export class FakeLocks {
  #last = new Map()

  alone(name, job) {
    const run = (this.#last.get(name) ?? Promise.resolve()).then(job)
    this.#last.set(
      name,
      run.catch(() => {}),
    )
    return run
  }
}
