import { Conversation } from "../../../static/js/state/conversation.js"
import { FakeServer } from "../fake_server.js"
import { equal, ok, seeded, test } from "../harness.js"

/** A conversation connected to a fake server. */
function openConversation(server, clock = { now: 0 }) {
  const conversation = new Conversation(() => clock.now)
  conversation.questions = []
  conversation.on("reopen", () => conversation.questions.push("reopen"))
  conversation.on("resume", (generation) => conversation.questions.push(generation))
  conversation.open(server.snapshot())
  return conversation
}

function answer(conversation, server) {
  while (conversation.questions.length) {
    const question = conversation.questions.shift()
    if (question === "reopen") conversation.open(server.snapshot())
    else conversation.applyResume(question.id, question.hold(0), server.resume(question.last))
  }
}

function deliver(conversation, [name, payload]) {
  if (name === "token") conversation.applyToken(payload)
  else conversation.applyFact(name, payload)
}

const shown = (conversation) => {
  const { id, content } = conversation.leaf
  return content + (conversation.generationOf(id)?.text ?? "")
}

test("a snapshot and the tokens after it give the whole text, wherever it is taken", () => {
  for (let k = 0; k <= 6; k += 1) {
    const server = new FakeServer()
    const events = []
    for (let n = 0; n < k; n += 1) events.push(server.speak(`${n} `))
    const conversation = openConversation(server)
    for (let n = k; n < 6; n += 1) events.push(server.speak(`${n} `))
    for (const event of events) deliver(conversation, event)
    equal(shown(conversation), "0 1 2 3 4 5 ", `k = ${k}:`)
    equal(conversation.questions, [])
  }
})

test("the end shows the stored message and removes the generation", () => {
  const server = new FakeServer()
  const conversation = openConversation(server)
  deliver(conversation, server.speak("half"))
  deliver(conversation, server.end("stopped"))
  equal(conversation.leaf.status, "stopped")
  equal(conversation.leaf.content, "half")
  equal(conversation.generations, [])
})

test("an end before its tokens waits for them", () => {
  const server = new FakeServer()
  const conversation = openConversation(server)
  const token = server.speak("all")
  deliver(conversation, server.end())
  equal(conversation.leaf.status, "running")
  equal(conversation.questions.length, 1)
  deliver(conversation, token)
  equal(conversation.leaf.status, "complete")
})

test("a gap in revisions reopens; an older revision is ignored", () => {
  const server = new FakeServer()
  const conversation = openConversation(server)
  const first = server.fact("title_changed", {})
  const second = server.fact("title_changed", {})
  deliver(conversation, second)
  equal(conversation.questions, ["reopen"])
  deliver(conversation, first)
  equal(conversation.revision, 2)
  deliver(conversation, first)
  equal(conversation.questions, ["reopen"])
})

test("tokens of an unknown generation reopen, but not each of them", () => {
  const clock = { now: 0 }
  const conversation = openConversation(new FakeServer(), clock)
  for (let seq = 1; seq <= 5; seq += 1) conversation.applyToken({ id: "other", seq, text: "x" })
  equal(conversation.questions, ["reopen"])
  clock.now = 2000
  conversation.applyToken({ id: "other", seq: 6, text: "x" })
  equal(conversation.questions, ["reopen", "reopen"])
})

test("a late token of an ended generation is ignored", () => {
  const server = new FakeServer()
  const token = server.speak("x")
  server.end()
  const conversation = openConversation(server)
  deliver(conversation, token)
  equal(conversation.questions, [])
})

test("short tokens are told apart by the last group of their ids", () => {
  const [id, other] = ["01a22f67-f5ea-738e-9a05-646c7b7e4fd5", "01a22f67-f5ea-738e-9a05-646ddcdb3a97"]
  const server = new FakeServer({ generationId: id })
  const conversation = openConversation(server)
  conversation.applyFact(...server.fact("generation_started", { generation_id: other, message_id: "b", model: "m" }))
  for (const [seq, text] of [..."ab"].entries()) {
    server.speak(text)
    conversation.applyToken({ id: id.slice(-12), seq: seq + 1, text })
    conversation.applyToken({ id: other.slice(-12), seq: seq + 1, text: text.toUpperCase() })
  }
  equal([conversation.generation(id).text, conversation.generation(other).text], ["ab", "AB"])
  deliver(conversation, server.end())
  conversation.applyToken({ id: id.slice(-12), seq: 2, text: "late" })
  equal(conversation.questions, [])
  conversation.applyToken({ id: "0f0f0f0f0f0f", seq: 1, text: "unknown" })
  equal([conversation.questions, conversation.generation(other).text], [["reopen"], "AB"])
})

test("a generation that is silent for five seconds is resumed", () => {
  const clock = { now: 0 }
  const server = new FakeServer()
  const conversation = openConversation(server, clock)
  clock.now = 4999
  conversation.checkSilence()
  equal(conversation.questions.length, 0)
  clock.now = 5000
  conversation.checkSilence()
  equal(conversation.questions.length, 1)
})

test("a continued answer shows the stored and the new text", () => {
  const server = new FakeServer()
  server.answer.content = "before "
  const conversation = openConversation(server)
  deliver(conversation, server.speak("and after"))
  equal(shown(conversation), "before and after")
})

test("a tab follows a new branch unless it selected another one", () => {
  const server = new FakeServer()
  server.end()
  const sibling = { ...server.answer, id: "b", content: "", status: "running", sibling_ids: ["a", "b"] }
  const [, added] = server.fact("message_added", { message: sibling })
  for (const following of [true, false]) {
    const conversation = openConversation(server)
    conversation.open({
      ...conversation.info,
      ...server.snapshot(),
      conversation: { ...server.snapshot().conversation, revision: 2 },
    })
    conversation.following = following
    conversation.applyFact("message_added", { ...added, revision: 3, message: { ...sibling } })
    equal(conversation.leaf.id, following ? "b" : "a")
    equal(conversation.message("a").sibling_ids, ["a", "b"])
  }
})

test("reopening keeps older pages that are loaded", () => {
  const server = new FakeServer()
  const conversation = openConversation(server)
  const older = { ...server.question, id: "0", sibling_ids: ["0"] }
  conversation.prepend({ messages: [older], before: "cursor" })
  conversation.open({ ...server.snapshot(), before: "u" })
  equal(
    conversation.messages.map(({ id }) => id),
    ["0", "u", "a"],
  )
  equal(conversation.before, "cursor")
})

test("a page that continues the shown path is appended", () => {
  const server = new FakeServer()
  const conversation = openConversation(server)
  conversation.prepend({ messages: [{ ...server.question, id: "0", sibling_ids: ["0"] }], before: "cursor" })
  const other = { ...server.answer, id: "b", parent_id: "u", status: "complete" }
  conversation.open({ ...server.snapshot(), messages: [other], running: [], before: "b" })
  equal(
    conversation.messages.map(({ id }) => id),
    ["0", "u", "b"],
  )
  equal(conversation.before, "cursor")
})

test("a conversation is restored as it was left, until the next snapshot", () => {
  const server = new FakeServer()
  const conversation = openConversation(server)
  deliver(conversation, server.speak("half"))
  const { state } = conversation
  conversation.restore()
  equal([conversation.id, conversation.messages, conversation.stale], [null, [], false])
  conversation.restore(state)
  equal([conversation.id, shown(conversation), conversation.stale], ["c", "half", true])
  server.speak(" and whole")
  server.end()
  conversation.open(server.snapshot())
  equal([shown(conversation), conversation.stale, conversation.generations], ["half and whole", false, []])
})

test("a changed message is a new object", () => {
  const server = new FakeServer()
  server.end()
  const conversation = openConversation(server)
  const [question, answer] = conversation.messages
  const sibling = { ...server.answer, id: "b", content: "", status: "running", sibling_ids: ["a", "b"] }
  const [, added] = server.fact("message_added", { message: sibling })
  conversation.applyFact("message_added", added)
  equal(conversation.messages[0] === question, true)
  equal(conversation.message("a") === answer, false)
  equal(answer.sibling_ids, ["a"])
})

test("an ack shows its messages before late facts, which then change nothing", () => {
  const server = new FakeServer()
  server.end()
  const conversation = openConversation(server)
  const question = { ...server.question, id: "u2", parent_id: "a", sibling_ids: ["u2"], client_message_id: "k2" }
  conversation.acknowledge({ message: question, assistant_message_id: "a2", generation_id: "g2" })
  equal(
    conversation.messages.map(({ id }) => id),
    ["u", "a", "u2", "a2"],
  )
  conversation.applyFact("message_added", { conversation_id: "c", revision: 3, message: question })
  equal(
    conversation.messages.map(({ id }) => id),
    ["u", "a", "u2", "a2"],
  )
  ok(conversation.leaf.status === "running")
})

test("an answer known only from its ack can be stopped", () => {
  const server = new FakeServer()
  server.end()
  const conversation = openConversation(server)
  conversation.acknowledge({ assistant_message_id: "a2", generation_id: "g2" }, conversation.message("a"))
  const { id, parent_id: parent, sibling_ids: siblings, generation_id: generation } = conversation.leaf
  equal([id, parent, siblings, generation], ["a2", "u", ["a", "a2"], "g2"])
})

test("an answer next to an unknown one does not change the path", () => {
  const server = new FakeServer()
  server.end()
  const conversation = openConversation(server)
  conversation.acknowledge({ assistant_message_id: "a2", generation_id: "g2" }, conversation.message("elsewhere"))
  equal(
    conversation.messages.map(({ id }) => id),
    ["u", "a"],
  )
})

test("the tab ends with the saved text, whatever events are duplicated, reordered or dropped", () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const random = seeded(seed)
    const server = new FakeServer()
    const conversation = openConversation(server)
    const flying = []
    for (let n = 0; n < 30; n += 1) {
      const event = server.speak(`${n} `)
      for (let copies = [0, 1, 1, 1, 2][random(5)]; copies > 0; copies -= 1) flying.push(event)
      while (flying.length > random(6)) deliver(conversation, flying.splice(random(flying.length), 1)[0])
      if (random(3) === 0) answer(conversation, server)
    }
    flying.push(server.end())
    while (flying.length) deliver(conversation, flying.splice(random(flying.length), 1)[0])
    answer(conversation, server)
    equal(conversation.leaf.content, server.text, `seed ${seed}:`)
    equal(conversation.leaf.status, "complete", `seed ${seed}:`)
  }
})

const shownThought = (conversation) => {
  const { id, reasoning } = conversation.leaf
  return reasoning + (conversation.generationOf(id)?.reasoning ?? "")
}

test("text that was reasoning is moved wherever the snapshot is taken, and the stored text stays", () => {
  for (const stored of ["", "Stored. "]) {
    for (let k = 0; k <= 4; k += 1) {
      const server = new FakeServer({ stored })
      const says = [
        () => server.speak("Hm, "),
        () => server.speak("well"),
        () => server.move(),
        () => server.speak("Hello"),
      ]
      for (const say of says.slice(0, k)) say()
      const conversation = openConversation(server)
      for (const say of says.slice(k)) deliver(conversation, say())
      equal([shown(conversation), shownThought(conversation)], [`${stored}Hello`, "Hm, well"], `k = ${k}:`)
      deliver(conversation, server.end())
      equal([shown(conversation), shownThought(conversation)], [`${stored}Hello`, "Hm, well"], `k = ${k}, ended:`)
    }
  }
})

test("views are told once that the text has moved, and nothing of entries that they do not know", () => {
  const server = new FakeServer()
  const conversation = openConversation(server)
  const told = []
  conversation.on("appended", (id, kind, text) => told.push([id, kind, text]))
  conversation.on("moved", (id) => told.push([id]))
  const events = [server.speak("Hm"), server.speak("?", "picture"), server.move(), server.speak("Hello")]
  for (const event of [...events, ...events]) deliver(conversation, event)
  equal(told, [["a", "text", "Hm"], ["a"], ["a", "text", "Hello"]])
})

test("whatever is lost, repeated or reordered, text that was reasoning ends up where the server has it", () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const random = seeded(seed)
    const server = new FakeServer()
    const conversation = openConversation(server)
    const flying = []
    for (let n = 0; n < 30; n += 1) {
      const event = random(8) === 0 ? server.move() : server.speak(`${n} `, ["text", "text", "reasoning"][random(3)])
      for (let copies = [0, 1, 1, 1, 2][random(5)]; copies > 0; copies -= 1) flying.push(event)
      while (flying.length > random(6)) deliver(conversation, flying.splice(random(flying.length), 1)[0])
      if (random(3) === 0) answer(conversation, server)
    }
    conversation.questions.push(...conversation.generations)
    answer(conversation, server)
    equal([shown(conversation), shownThought(conversation)], [server.text, server.reasoning], `seed ${seed}:`)
  }
})
