import { ShortDate } from "../../../static/js/base/short_date.js"
import { strings } from "../../../static/js/base/strings.js"
import { equal, test, texts } from "../harness.js"

const ko = new ShortDate("ko", strings(await texts("ko"), "ko"))
const en = new ShortDate("en", strings(await texts("en"), "en"))
const now = new Date(2026, 10, 22, 15, 0)
const at = (...parts) => new Date(...parts).toISOString()

test("the nearer a time is, the more exactly it is told", () => {
  equal([en.of(at(2026, 10, 22, 14, 5), now), ko.of(at(2026, 10, 22, 9, 5), now)], ["today 14:05", "오늘 09:05"])
  equal([en.of(at(2026, 10, 21, 23, 59), now), ko.of(at(2026, 10, 21, 0, 1), now)], ["yesterday", "어제"])
  equal([en.of(at(2026, 10, 3, 12), now), ko.of(at(2026, 10, 3, 12), now)], ["Nov 3", "11월 3일"])
  equal([en.of(at(2025, 10, 3, 12), now), ko.of(at(2025, 10, 3, 12), now)], ["Nov 3, 2025", "2025년 11월 3일"])
})

test("a clock that is ahead is no tomorrow", () => equal(en.of(at(2026, 10, 23, 0, 1), now), "today 00:01"))
