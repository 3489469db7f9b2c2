import { Api, ApiError } from "./api.js"
import { Format } from "./format.js"
import { strings } from "./strings.js"

const locale = document.documentElement.lang
const t = strings(locale)
const format = new Format(locale, t)
const api = new Api()
const part = (name) => document.querySelector(`[data-part=${name}]`)
const button = part("button")
const problem = part("problem")
const field = document.getElementById("password")

document.title = t("signIn")
part("label").textContent = t("password")
button.textContent = t("signIn")

part("form").addEventListener("submit", async (event) => {
  event.preventDefault()
  button.disabled = true
  problem.textContent = ""
  try {
    await api.session(field.value)
    location.reload() // The address is the page that one came for.
  } catch (error) {
    refused(error)
  }
})

function refused(error) {
  const known = error instanceof ApiError
  const said = { unauthenticated: t("passwordWrong"), rate_limited: t("guessesTooMany") }
  problem.textContent = known ? said[error.code] ?? error.message : t("unreachable")
  field.select()
  if (known && error.retryAfter) countDown(Date.now() + error.retryAfter * 1000)
  else button.disabled = false
}

function countDown(until) {
  const left = until - Date.now()
  button.disabled = left > 0
  button.textContent = left > 0 ? t("retryIn", { time: format.duration(Math.ceil(left / 1000) * 1000) }) : t("signIn")
  if (left > 0) setTimeout(() => countDown(until), Math.min(left, 1000))
}
