import { Emitter } from "../../../static/js/base/emitter.js"
import { ModelMenu } from "../../../static/js/settings/model_menu.js"
import { equal, test } from "../harness.js"

const group = (...names) => ({
  provider: "a",
  problem: null,
  models: names.map((name) => ({ id: name, name, provider: "a" })),
})

/** An open list of models. */
function open(...names) {
  const models = Object.assign(new Emitter(), {
    groups: [group(...names)],
    used: [],
    takesOthers: true,
    nameOf: (id) => id,
    refresh: async () => {},
  })
  const root = document.body.appendChild(document.createElement("div"))
  Object.assign(root, { popover: "auto", tabIndex: -1 })
  root.dataset.part = "models"
  const opener = document.body.appendChild(document.createElement("button"))
  const menu = new ModelMenu(/** @type {any} */ ({ root, models, t: (key) => key }))
  const chosen = []
  menu.open(opener, { selected: names[0], choose: (id) => chosen.push(id), name: () => chosen.push("by name") })
  return {
    chosen,
    press: (key) => root.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })),
    list: (...others) => {
      models.groups = [group(...others)]
      models.emit("changed")
    },
    active: () => /** @type {HTMLElement} */ (root.querySelector("[data-active]"))?.dataset.id,
    close: () => {
      root.remove()
      opener.remove()
    },
  }
}

test("the marked model stays marked when the list changes meanwhile", () => {
  const menu = open("one", "two", "three")
  menu.press("ArrowDown")
  equal(menu.active(), "two")
  menu.list("new", "another", "one", "two", "three")
  equal(menu.active(), "two")
  menu.press("Enter")
  equal(menu.chosen, ["two"])
  menu.close()
})

test("where the marked model is gone the first one is marked", () => {
  const menu = open("one", "two", "three")
  menu.press("ArrowDown")
  menu.list("one", "three")
  equal(menu.active(), "one")
  menu.close()
})

test("the entry that asks for a name stays marked, too", () => {
  const menu = open("one", "two")
  menu.press("ArrowUp")
  equal(menu.active(), "")
  menu.list("one", "two", "three")
  menu.press("Enter")
  equal(menu.chosen, ["by name"])
  menu.close()
})
