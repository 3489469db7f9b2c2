import { ListFocus } from "../../../static/js/sidebar/list_focus.js"
import { equal, test } from "../harness.js"

/** A list of conversations as the sidebar draws it. */
function list(...ids) {
  const root = document.createElement("nav")
  const draw = (wanted) => {
    const kept = new Map([...root.querySelectorAll("li")].map((item) => [item.dataset.conversationId, item]))
    root.replaceChildren(newChat(), ...wanted.map((id) => kept.get(id) ?? item(id)))
  }
  draw(ids)
  document.body.append(root)
  const focus = new ListFocus(root)
  root.addEventListener("keydown", (event) => focus.keydown(event))
  return {
    root,
    focus,
    draw: (...wanted) => focus.keeping(() => draw(wanted)),
    go: (id, part = "item__link") => focus.to(id, part),
    press: (key) =>
      document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })),
    get at() {
      const { activeElement } = document
      const id = activeElement.closest("[data-conversation-id]")?.dataset.conversationId
      return id ? `${id} ${activeElement.className}` : (activeElement.dataset.testid ?? activeElement.localName)
    },
  }
}

function newChat() {
  const link = Object.assign(document.createElement("a"), { href: "/" })
  link.dataset.testid = "new-chat"
  return link
}

function item(id) {
  const element = document.createElement("li")
  Object.assign(element.dataset, { testid: "conversation", conversationId: id })
  const link = Object.assign(document.createElement("a"), { href: `/c/${id}`, className: "item__link" })
  const more = Object.assign(document.createElement("button"), { className: "item__more" })
  element.append(link, more)
  return element
}

test("arrow keys, Home and End move within the list", () => {
  const it = list("a", "b", "c")
  it.go("a")
  const walked = ["ArrowUp", "ArrowDown", "ArrowDown", "ArrowDown", "Home", "End"].map((key) => {
    it.press(key)
    return it.at
  })
  equal(
    walked,
    ["a", "b", "c", "c", "a", "c"].map((id) => `${id} item__link`),
  )
})

test("when a conversation is removed, the item in its place is focused", () => {
  const it = list("a", "b", "c")
  it.go("b", "item__more")
  it.draw("a", "c")
  equal(it.at, "c item__link")
  it.draw("a")
  equal(it.at, "a item__link")
  it.draw()
  equal(it.at, "new-chat")
})

test("the focus follows a conversation that moves", () => {
  const it = list("a", "b", "c")
  it.go("a", "item__more")
  it.draw("c", "b", "a")
  equal(it.at, "a item__more")
})

test("focus outside of the list stays there", () => {
  const it = list("a", "b")
  const box = document.body.appendChild(document.createElement("textarea"))
  box.focus()
  it.draw("b")
  equal(it.at, "textarea")
})
