import { Emitter } from "../../../static/js/base/emitter.js"
import { Announcer } from "../../../static/js/ui/announcer.js"
import { equal, test } from "../harness.js"

/** The announcements for these events. */
function announcementsOf(events, preferences = { announces: true }) {
  const announcements = []
  const conversation = new Emitter()
  const element = {
    set textContent(text) {
      announcements.push(text)
    },
  }
  new Announcer({ element, t: (key) => key, conversation, preferences })
  for (const [name, ...values] of events) conversation.emit(name, ...values)
  return announcements
}
const text = ["appended", "a", "text", "…"]
const thought = ["appended", "a", "reasoning", "…"]
const ended = (status) => ["finished", { status }]

test("at most three announcements are made per answer", () => {
  equal(announcementsOf([thought, thought, text, text, thought, text, ended("complete")]), [
    "announceThinking",
    "announceStart",
    "announceEnd",
  ])
  equal(announcementsOf([text, text, ended("stopped")]), ["announceStart", "announceStopped"])
  equal(announcementsOf([ended("failed")]), ["announceFailed"])
})

test("a continued or another answer is announced again", () => {
  equal(announcementsOf([text, ended("stopped"), text, ended("complete")]), [
    "announceStart",
    "announceStopped",
    "announceStart",
    "announceEnd",
  ])
  equal(announcementsOf([text, ["appended", "b", "text", "…"]]), ["announceStart", "announceStart"])
})

test("announcements can be switched off", () => {
  equal(announcementsOf([thought, text, ended("complete")], { announces: false }), [])
})

test("text that turns out to be reasoning is announced neither again nor otherwise", () => {
  equal(announcementsOf([text, ["moved", "a"], text, ended("complete")]), ["announceStart", "announceEnd"])
  equal(announcementsOf([["moved", "a"], text, ended("complete")]), ["announceStart", "announceEnd"])
})
