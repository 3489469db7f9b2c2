import { createTranslator } from "../../../../static/js/base/translator.js"
import { PendingView } from "../../../../static/js/thread/message/pending_view.js"
import { equal, test } from "../../harness.js"

const SENDING = { id: "k", payload: { content: "hello" }, state: "sending", stage: "sending", error: null, at: 0 }

/** The ids of other models. */
let others = []

/** The announcements while an entry goes through these states. */
function announcementsOf(...entries) {
  const announcements = []
  const context = {
    t: createTranslator({}, "en"),
    format: { clock: String },
    locale: "en",
    actions: {},
    alternatives: () => others,
    modelName: (id) => id,
    announce: (key) => announcements.push(key),
  }
  const view = new PendingView(context, SENDING)
  for (const entry of entries) view.update({ ...SENDING, ...entry })
  return announcements
}
const offline = { stage: "offline" }
const failed = { state: "failed", error: { code: "busy", message: "" } }

test("sending without trouble is not announced", () => {
  equal(announcementsOf({}, {}), [])
})

test("each change of an unsent message is announced once", () => {
  equal(announcementsOf({}, offline, offline, {}, failed, failed, {}, failed), ["sendsLater", "not_sent", "not_sent"])
  equal(announcementsOf({ stage: "behind" }, {}, offline), ["sendsBehind", "sendsLater"])
})

test("a failed command without text is announced as failed", () => {
  equal(announcementsOf({ ...failed, payload: {} }), ["failed"])
})

/** The buttons of a refused question, best first. */
function buttonsOf(error) {
  const context = {
    t: createTranslator({}, "en"),
    format: { clock: String },
    locale: "en",
    actions: {},
    alternatives: () => others,
    modelName: (id) => id,
    announce: () => {},
  }
  const view = new PendingView(context, SENDING)
  view.update({ ...SENDING, state: "failed", error: { code: "invalid", message: "", ...error } })
  return [...view.element.querySelectorAll("button")].map((button) => button.dataset.testid)
}

test("a refused question offers first what helps against its refusal", () => {
  equal(buttonsOf({}), ["send-again", "put-back"])
  equal(buttonsOf({ scope: "model" }), ["choose-model", "send-again", "put-back"])
  equal(buttonsOf({ reason: "model_not_found" }), ["choose-model", "send-again", "put-back"])
  equal(buttonsOf({ reason: "not_allowed" }), ["open-settings", "send-again", "choose-model", "put-back"])
})

test("a refused question offers another model at once, and a choice of several", () => {
  others = ["mini"]
  equal(buttonsOf({ scope: "model" }), ["other-model", "send-again", "put-back"])
  others = ["mini", "large"]
  equal(buttonsOf({ scope: "model" }), ["other-model", "choose-model", "send-again", "put-back"])
  others = []
})
