import { readJoinLink, writeJoinLink } from "../../../static/js/base/join_link.js"
import { equal, test } from "../harness.js"

const ID = "0198c0de-0000-7000-8000-000000000000"

test("a link has its code and its conversation in the fragment alone", () => {
  const link = new URL(writeJoinLink({ origin: "https://chat.example", code: "ABCD-EFGH", conversationId: ID }))
  equal([link.origin, link.pathname, link.search], ["https://chat.example", "/join", ""])
  equal(readJoinLink(link.hash), { code: "ABCD-EFGH", path: `/c/${ID}` })
})

test("a link without a conversation opens the start", () => {
  const link = new URL(writeJoinLink({ origin: "https://chat.example", code: "ABCD-EFGH" }))
  equal(readJoinLink(link.hash), { code: "ABCD-EFGH", path: "/" })
})

test("what is no such link has no code, and leads nowhere else", () => {
  for (const fragment of ["", "#", "#thoughts", `#/${ID}`, `#ABCD-EFGHI/${ID}`])
    equal(readJoinLink(fragment), { code: null, path: "/" })
  for (const place of ["//evil.example", "/../x", `${ID}/x`, "javascript:alert(1)"])
    equal(readJoinLink(`#ABCD-EFGH/${place}`).path.replace(ID, "id"), place === `${ID}/x` ? "/c/id" : "/")
})
