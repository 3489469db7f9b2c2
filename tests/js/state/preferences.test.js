import { Preferences } from "../../../static/js/state/preferences.js"
import { equal, test } from "../harness.js"

/** A browser: its cookies, its storage, and tabs that notify each other. */
function browser(cookies = {}, stored = {}) {
  const jar = new Map(Object.entries(cookies))
  const items = new Map(Object.entries(stored))
  const channels = []
  const tab = () => {
    const channel = {
      addEventListener: (_, listener) => {
        channel.hear = listener
      },
      postMessage: (data) => {
        for (const one of channels) if (one !== channel) one.hear({ data })
      },
    }
    channels.push(channel)
    const preferences = new Preferences({
      cookies: {
        get: (name) => jar.get(name) ?? "",
        set: (name, value) => (value ? jar.set(name, value) : jar.delete(name)),
      },
      storage: {
        getItem: (key) => items.get(key) ?? null,
        setItem: (key, value) => items.set(key, value),
        removeItem: (key) => items.delete(key),
      },
      channel,
    })
    const changes = []
    preferences.on("changed", (name) => changes.push([name, preferences[name]]))
    return { preferences, changes }
  }
  return { jar, items, tab }
}

const all = ({ theme, language, sendKey, announces }) => [theme, language, sendKey, announces]

test("without choices the defaults apply", () => {
  equal(all(browser().tab().preferences), ["system", "", "", true])
})

test("choices are restored, and unknown values ignored", () => {
  const cookies = { chatapp_theme: "dark", chatapp_language: "xx" }
  const stored = { "chatapp.sendKey": "mod+enter", "chatapp.announces": "false" }
  equal(all(browser(cookies, stored).tab().preferences), ["dark", "", "mod+enter", false])
})

test("theme and language are stored in cookies, the rest in local storage", () => {
  const { jar, items, tab } = browser()
  const { preferences } = tab()
  preferences.set("theme", "light")
  preferences.set("language", "ko")
  preferences.set("sendKey", "mod+enter")
  preferences.set("announces", false)
  equal(Object.fromEntries(jar), { chatapp_theme: "light", chatapp_language: "ko" })
  equal(Object.fromEntries(items), { "chatapp.sendKey": "mod+enter", "chatapp.announces": "false" })
})

test("choosing a default removes the stored value", () => {
  const { jar, items, tab } = browser({ chatapp_theme: "dark" }, { "chatapp.announces": "false" })
  const { preferences } = tab()
  preferences.set("theme", "system")
  preferences.set("announces", true)
  equal([jar.size, items.size], [0, 0])
})

test("other tabs follow, and each change is emitted once", () => {
  const { tab } = browser()
  const [one, other] = [tab(), tab()]
  one.preferences.set("theme", "dark")
  one.preferences.set("theme", "dark")
  equal([one.changes, other.changes], [[["theme", "dark"]], [["theme", "dark"]]])
})

test("an unknown value changes nothing", () => {
  const { jar, tab } = browser()
  const { preferences, changes } = tab()
  preferences.set("theme", "pink")
  preferences.set("surprise", "pink")
  equal([jar.size, changes, preferences.theme], [0, [], "system"])
})
