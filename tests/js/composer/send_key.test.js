import { Emitter } from "../../../static/js/base/emitter.js"
import { SendKey } from "../../../static/js/composer/send_key.js"
import { equal, test } from "../harness.js"

/** Preferences and a device that the test changes. */
function device({ sendKey = "", touch = false, platform = "Linux" } = {}) {
  const preferences = Object.assign(new Emitter(), { sendKey })
  const query = Object.assign(new Emitter(), { matches: touch })
  query.addEventListener = query.on
  return { preferences, query, key: new SendKey({ preferences, touch: query, platform }) }
}

const t = (name, { mod = "" } = {}) => name + mod

test("the chosen key sends, and the hint names it", () => {
  equal([device().key.value, device().key.sentence(t), device().key.hint], ["enter", "keysEnter", "send"])
  const other = device({ sendKey: "mod+enter" }).key
  equal([other.value, other.sentence(t), other.hint], ["mod+enter", "keysModCtrl+", "enter"])
  equal(device({ sendKey: "mod+enter", platform: "MacIntel" }).key.sentence(t), "keysMod⌘")
})

test("on touch screens Enter inserts a newline and there is no hint", () => {
  const { key } = device({ touch: true })
  equal([key.value, key.hint, key.sentence(t)], ["mod+enter", "enter", ""])
  equal(device({ touch: true, sendKey: "enter" }).key.value, "enter", "unless one chose otherwise:")
})

test("changes of the preference or the device are emitted", () => {
  const { preferences, query, key } = device()
  let changes = 0
  key.on("changed", () => {
    changes += 1
  })
  preferences.emit("changed", "theme")
  preferences.sendKey = "mod+enter"
  preferences.emit("changed", "sendKey")
  query.matches = true
  query.emit("change")
  equal([changes, key.value], [2, "mod+enter"])
})
