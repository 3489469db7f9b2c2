import { Format } from "../../../static/js/base/format.js"
import { createTranslator } from "../../../static/js/base/translator.js"
import { equal, ok, test, texts } from "../harness.js"

const korean = createTranslator(await texts("ko"), "ko")
const english = createTranslator(await texts("en"), "en")
const ko = new Format("ko", korean)
const en = new Format("en", english)

test("durations have a sensible precision", () => {
  equal(en.duration(0), "0 ms")
  equal(en.duration(312.4), "312 ms")
  equal(en.duration(4200), "4.2 s")
  equal(en.duration(9949), "9.9 s")
  equal(en.duration(9950), "10 s")
  equal(en.duration(59_600), "1 min 0 s")
  equal(ko.duration(75_000), "1분 15초")
})

test("a clock shows no milliseconds and never runs backwards", () => {
  equal(ko.clock(300), "0.3초")
  equal(en.clock(-50), "0.0 s")
  equal(en.clock(1240), "1.2 s")
})

test("a countdown shows whole seconds", () => {
  equal(en.countdown(10_000), "10 s")
  equal(ko.countdown(9000), "9초")
  equal(ko.countdown(8001), "9초")
  equal(en.countdown(1), "1 s")
  equal(en.countdown(59_001), "1 min 0 s")
  equal(en.countdown(3_599_000), "59 min 59 s")
  equal(en.countdown(3_600_000), "1 h 0 min")
  equal(ko.countdown(43_200_001), "12시간 1분")
})

test("speed is measured from the first token, and omitted if unknown", () => {
  equal(en.speed({ completion_tokens: 100 }, { first_token_ms: 500, total_ms: 1500 }), "100 tokens/s")
  equal(en.speed({ completion_tokens: 5 }, { first_token_ms: null, total_ms: 2000 }), "2.5 tokens/s")
  equal(en.speed(null, { total_ms: 1500 }), null)
  equal(en.speed({ completion_tokens: 1 }, { first_token_ms: 10, total_ms: 10 }), null)
  equal(en.speed({ completion_tokens: 30 }, { first_token_ms: 10, total_ms: 11 }), null, "out of a store:")
})

test("conversations are grouped by calendar day, not by hours", () => {
  const now = new Date(2026, 10, 22, 0, 30)
  const day = (...parts) => ko.dayGroup(new Date(2026, ...parts).toISOString(), now)
  equal(day(10, 22, 0, 10), "오늘")
  equal(day(10, 22, 0, 40), "오늘", "a clock that is ahead:")
  equal(day(10, 21, 23, 50), "어제")
  equal(day(10, 15, 12), "지난 7일")
  equal(day(10, 1, 12), "지난 30일")
  equal(day(8, 30, 12), "2026년 9월")
})

test("relative times use the largest unit that fits", () => {
  const now = Date.parse("2026-11-22T12:00:00.000Z")
  const ago = (format, ...before) => format.ago(new Date(now - before.reduce((a, b) => a * b)).toISOString(), now)
  equal(ko.ago("2026-11-22T12:00:05.000Z", now), "방금", "a clock that is ahead:")
  equal(ago(en, 59_999), "just now")
  equal(ago(en, 60_000), "1 minute ago")
  equal(ago(ko, 3, 3_600_000), "3시간 전")
  equal(ago(ko, 6, 24, 3_600_000), "6일 전")
  equal(ago(en, 40, 24, 3_600_000), "1 month ago")
})

test("numbers use the language's digit grouping", () => equal(en.number(1204567), "1,204,567"))

test("placeholders are filled, and only known keys have a text", () => {
  equal(english("branchOf", { n: 2, total: 3 }), "Version 2 of 3")
  equal(korean("branchOf", { n: 2, total: 3 }), "버전 2/3")
  ok(english.known("rate_limited"))
  ok(!english.known("toString"))
})

test("a text with plural forms uses that of its number", () => {
  equal(english("imported", { n: "1" }), "1 conversation was imported.")
  equal(english("imported", { n: "1,204" }), "1,204 conversations were imported.")
  equal(english("imported", { n: 0 }), "0 conversations were imported.")
  equal(korean("imported", { n: 1 }), "대화 1개를 가져왔습니다.")
})

const now = new Date(2026, 10, 22, 15, 0)
const at = (...parts) => new Date(...parts).toISOString()

test("short dates are more precise the more recent they are", () => {
  equal(
    [en.shortDate(at(2026, 10, 22, 14, 5), now), ko.shortDate(at(2026, 10, 22, 9, 5), now)],
    ["today 14:05", "오늘 09:05"],
  )
  equal([en.shortDate(at(2026, 10, 21, 23, 59), now), ko.shortDate(at(2026, 10, 21, 0, 1), now)], ["yesterday", "어제"])
  equal([en.shortDate(at(2026, 10, 3, 12), now), ko.shortDate(at(2026, 10, 3, 12), now)], ["Nov 3", "11월 3일"])
  equal(
    [en.shortDate(at(2025, 10, 3, 12), now), ko.shortDate(at(2025, 10, 3, 12), now)],
    ["Nov 3, 2025", "2025년 11월 3일"],
  )
})

test("a time in the future counts as today", () => equal(en.shortDate(at(2026, 10, 23, 0, 1), now), "today 00:01"))
