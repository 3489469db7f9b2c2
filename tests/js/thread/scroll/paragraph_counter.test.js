import { ParagraphCounter } from "../../../../static/js/thread/scroll/paragraph_counter.js"
import { equal, seeded, test } from "../../harness.js"

function counted(text) {
  const counter = new ParagraphCounter()
  counter.feed(text)
  return counter.count
}

const ANSWER = `## 제목

첫 문단입니다.
같은 문단입니다.

- 하나

- 둘
  이어지는 줄

  둘의 둘째 문단

| 가 | 나 |
|---|---|
| 1 | 2 |

\`\`\`python
def a():

    return 1
\`\`\`

---

1. 차례
2. 차례

> 인용
>
> 같은 인용

마지막 문단
`

test("lists, tables and code count as one paragraph", () => {
  equal(counted("하나\n같은 문단\n\n둘\n\n\n\n셋\n\n"), 3)
  equal(counted("# Title\n\ntext"), 1, "a heading and its text:")
  equal(counted("# Title\ntext\n\nmore"), 2)
  equal(counted("Title\n===\n\ntext\n\nmore"), 2, "an underlined heading:")
  equal(counted("- a\n- b\n\n- c\n\n  more of c\n\nafter"), 2, "a list:")
  equal(counted("하나입니다.\n- a\n- b"), 2, "a list below its sentence:")
  equal(counted("```\na\n\nb\n```\n\nafter"), 2, "code:")
  equal(counted("~~~~\n~~~\n\nb\n~~~~\nafter"), 2, "code in code:")
  equal(counted("| a |\n|---|\n| 1 |\n\nafter"), 2, "a table:")
  equal(counted("a\n\n---\n\n***\n\nb"), 2, "rules:")
  equal(counted("1. a\n\n   ```\n   x\n\n   y\n   ```\n\n2. b"), 1, "code in a list:")
  equal(counted(ANSWER), 7)
})

test("the count does not depend on how the text is cut", () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const random = seeded(seed)
    const counter = new ParagraphCounter()
    let before = 0
    for (let at = 0; at < ANSWER.length; ) {
      const size = 1 + random(6)
      counter.feed(ANSWER.slice(at, at + size))
      equal(counter.count >= before, true, `seed ${seed}, never back:`)
      before = counter.count
      at += size
    }
    equal(counter.count, 7, `seed ${seed}:`)
  }
})

test("a paragraph counts as soon as it begins", () => {
  const counter = new ParagraphCounter()
  counter.feed("첫")
  equal(counter.count, 1)
  counter.feed(" 문단\n\n-")
  equal(counter.count, 1, "a mark may mean anything:")
  counter.feed(" 항목")
  equal(counter.count, 2)
})

test("after a reset a continued paragraph counts", () => {
  const counter = new ParagraphCounter()
  counter.feed("one")
  counter.reset()
  counter.feed("\n")
  equal(counter.count, 0, "there is no text:")
  counter.feed("still one")
  equal(counter.count, 1)
  counter.feed("\n\n```\na = 1\n\n")
  counter.reset()
  counter.feed("b = 2\n\nc = 3\n```\n")
  equal(counter.count, 1, "the rest of the code:")
})

test("another answer begins a new text", () => {
  const counter = new ParagraphCounter()
  counter.feed("```\nopen", "a")
  counter.feed("one\n\ntwo", "b")
  equal(counter.count, 3)
})

test("what is taken back of a source does not count, but what came before it does", () => {
  const counter = new ParagraphCounter()
  counter.feed("one\n\ntwo\n\n", "a")
  counter.feed("thought\n\nthought\n\n", "b")
  counter.drop("b")
  equal(counter.count, 2)
  counter.feed("three", "b")
  equal(counter.count, 3)
  counter.drop("a")
  equal(counter.count, 3, "another source:")
  counter.reset()
  counter.drop("b")
  equal(counter.count, 0, "after a reset:")
})
