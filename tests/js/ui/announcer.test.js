import { equal, test } from "../harness.js"
import { Announcer } from "../../../static/js/ui/announcer.js"
import { Emitter } from "../../../static/js/base/emitter.js"

/** What is said while these events come. */
function saidOf(events, preferences = { announces: true }) {
  const said = []
  const conversation = new Emitter()
  const element = { set textContent(text) { said.push(text) } }
  new Announcer({ element, t: (key) => key, conversation, preferences })
  for (const [name, ...values] of events) conversation.emit(name, ...values)
  return said
}
const text = ["appended", "a", "text", "…"]
const thought = ["appended", "a", "reasoning", "…"]
const ended = (status) => ["finished", { status }]

test("of an answer at most three things are said, however much of it comes", () => {
  equal(saidOf([thought, thought, text, text, thought, text, ended("complete")]), ["announceThinking", "announceStart", "announceEnd"])
  equal(saidOf([text, text, ended("stopped")]), ["announceStart", "announceStopped"])
  equal(saidOf([ended("failed")]), ["announceFailed"])
})

test("an answer that goes on is told anew, and another one too", () => {
  equal(saidOf([text, ended("stopped"), text, ended("complete")]), ["announceStart", "announceStopped", "announceStart", "announceEnd"])
  equal(saidOf([text, ["appended", "b", "text", "…"]]), ["announceStart", "announceStart"])
})

test("who wants to hear nothing of answers hears nothing", () => {
  equal(saidOf([thought, text, ended("complete")], { announces: false }), [])
})
