import { createParser } from "../../../../static/js/markdown/parse/parser.js"
import { buildTree } from "../../../../static/js/markdown/parse/tree.js"
import { equal, test } from "../../harness.js"

const joinedIn = (text) =>
  buildTree(createParser().parse(text, {}))[0]
    .children.filter(({ attrs }) => attrs?.class === "joined")
    .map(({ tag }) => tag)

test("a particle is joined to what it follows where a line could break", () => {
  for (const [text, joined] of [
    ["**굵게(bold)**입니다", ["strong"]],
    ["`foo()`를 쓰고 *‘인용’*은", ["code", "em"]],
    ["**`foo()`**를", ["strong"]],
    ["[문서(1)](https://example.com)를", ["a"]],
    ["~~50%~~입니다", ["s"]],
    ["**굵게**입니다, `foo`를", []],
    ["**bold(1)** 다음", []],
    ["**bold(1)**and", []],
  ])
    equal(joinedIn(text), joined, text)
})
