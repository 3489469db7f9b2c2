import { createParser } from "../../../../static/js/markdown/parse/parser.js"
import { buildTree } from "../../../../static/js/markdown/parse/tree.js"
import { equal, test } from "../../harness.js"

const childrenOf = (text) => buildTree(createParser().parse(text, {}))[0].children
const joinedIn = (text) =>
  childrenOf(text)
    .filter(({ attrs }) => attrs?.class === "joined")
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

test("so is one within a text, behind what closes a word", () => {
  const joined = (mark) => ({ tag: "span", attrs: { class: "joined" }, children: [mark] })
  for (const [text, children] of [
    ["굵게(bold)입니다.", ["굵게(bold", joined(")"), "입니다."]],
    ["‘가’와 50%를 [1]에", ["‘가", joined("’"), "와 50", joined("%"), "를 [1", joined("]"), "에"]],
    // Two tokens of the parser: an entity, an escaped character.
    ["100&#37;입니다", ["100", joined("%"), "입니다"]],
    ["\\%는", [joined("%"), "는"]],
    ["(bold) 다음, (bold)and, 그리고/또는, 서울-부산", ["(bold) 다음, (bold)and, 그리고/또는, 서울-부산"]],
  ])
    equal(childrenOf(text), children, text)
})
