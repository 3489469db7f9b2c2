import { Emitter } from "../../../static/js/base/emitter.js"
import { Announcer } from "../../../static/js/ui/announcer.js"
import { equal, test } from "../harness.js"

/** The announcements for these events. */
function saidOf(events, preferences = { announces: true }) {
  const said = []
  const conversation = new Emitter()
  const element = {
    set textContent(text) {
      said.push(text)
    },
  }
  new Announcer({ element, t: (key) => key, conversation, preferences })
  for (const [name, ...values] of events) conversation.emit(name, ...values)
  return said
}
const text = ["appended", "a", "text", "…"]
const thought = ["appended", "a", "reasoning", "…"]
const ended = (status) => ["finished", { status }]

test("at most three announcements are made per answer", () => {
  equal(saidOf([thought, thought, text, text, thought, text, ended("complete")]), [
    "announceThinking",
    "announceStart",
    "announceEnd",
  ])
  equal(saidOf([text, text, ended("stopped")]), ["announceStart", "announceStopped"])
  equal(saidOf([ended("failed")]), ["announceFailed"])
})

test("a continued or another answer is announced again", () => {
  equal(saidOf([text, ended("stopped"), text, ended("complete")]), [
    "announceStart",
    "announceStopped",
    "announceStart",
    "announceEnd",
  ])
  equal(saidOf([text, ["appended", "b", "text", "…"]]), ["announceStart", "announceStart"])
})

test("announcements can be switched off", () => {
  equal(saidOf([thought, text, ended("complete")], { announces: false }), [])
})
