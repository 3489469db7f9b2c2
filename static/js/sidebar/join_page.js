import { announceArrival } from "../base/arrival.js"
import { Format } from "../base/format.js"
import { readJoinLink } from "../base/join_link.js"
import { hasUnsent } from "../base/owner_storage.js"
import { SafeStorage } from "../base/storage.js"
import { createTranslator } from "../base/translator.js"
import { Api } from "../net/api.js"
import { SecretForm } from "../ui/secret_form.js"
import { MergeChoice } from "./merge_choice.js"

/** The page of a link with a one-time code: it joins the device that shows the code. */
const link = readJoinLink(location.hash)
history.replaceState(null, "", location.pathname) // The code is not to stay in the address or the history.

const locale = document.documentElement.lang
const t = createTranslator(JSON.parse(document.getElementById("boot").textContent).texts, locale)
const api = new Api({ t })
/** @type {<Part extends HTMLElement>(name: string) => Part} */
const findPart = (name) => document.querySelector(`[data-part=${name}]`)
/** @type {HTMLInputElement} */
const field = findPart("code")
/** @type {HTMLFormElement} */
const form = findPart("form")

const isUnsent = hasUnsent(new SafeStorage(() => globalThis.localStorage))
const asks = findPart("join").dataset.asks !== undefined || isUnsent
const choice = new MergeChoice(findPart)
choice.reset(asks)

new SecretForm({
  form,
  button: findPart("button"),
  problem: findPart("problem"),
  t,
  format: new Format(locale, t),
  label: t("codeUse"),
  field: () => field,
  wrong: () => t(field.value === link.code ? "joinWrong" : "codeWrong"),
  refuse: () => (isUnsent && !choice.merges ? t("codeUnsent") : null),
  send: join,
  accepted: arrive,
})

/** @param {string} code */
async function join(code) {
  say(t("connecting"))
  try {
    await api.session({ code, merge: choice.merges })
  } catch (error) {
    ask({ hasCode: false })
    throw error
  }
}

function arrive() {
  new BroadcastChannel("chatapp.session").postMessage(choice.merges ? "merged" : "joined")
  announceArrival(new SafeStorage(() => globalThis.sessionStorage))
  location.replace(link.path)
}

/** @param {string} text */
function say(text) {
  findPart("state").textContent = text
}

/**
 * Show the form; the field for the code only if the link has none, or one that did not work.
 * @param {{ hasCode: boolean }} link
 */
function ask({ hasCode }) {
  say("")
  form.hidden = false
  findPart("entry").hidden = hasCode
  findPart("whose").hidden = !asks
}

field.value = link.code ?? ""
addEventListener("hashchange", () => location.reload())
if (link.code && !asks) form.requestSubmit()
else ask({ hasCode: link.code !== null })
