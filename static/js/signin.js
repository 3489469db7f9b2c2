import { Format } from "./base/format.js"
import { createTranslator } from "./base/translator.js"
import { Api } from "./net/api.js"
import { SecretForm } from "./ui/secret_form.js"

const locale = document.documentElement.lang
const t = createTranslator(JSON.parse(document.getElementById("boot").textContent).texts, locale)
const api = new Api({ t })
/** @type {<Part extends HTMLElement>(name: string) => Part} */
const findPart = (name) => document.querySelector(`[data-part=${name}]`)

const WAYS = {
  password: { other: "code", wrong: "passwordWrong" },
  code: { other: "password", wrong: "codeWrong" },
}
let way = "password"

const field = () => /** @type {HTMLInputElement} */ (document.getElementById(way))
const form = new SecretForm({
  form: findPart("form"),
  button: findPart("button"),
  problem: findPart("problem"),
  t,
  format: new Format(locale, t),
  label: t("signIn"),
  field,
  send: (secret) => api.session({ [way]: secret }),
  wrong: () => t(WAYS[way].wrong),
  accepted: () => location.reload(), // The address bar holds the page that was requested.
})

function show(wanted) {
  way = wanted
  for (const name of Object.keys(WAYS)) {
    /** @type {HTMLFieldSetElement} */
    const set = findPart(`by-${name}`)
    set.hidden = set.disabled = name !== way
  }
  findPart("other").textContent = t(way === "code" ? "byPassword" : "byCode")
  form.clear()
}

findPart("other").addEventListener("click", () => {
  show(WAYS[way].other)
  field().focus()
})
show(way)
