import { qrPath } from "../../../static/js/ui/qr_code.js"
import { equal, test } from "../harness.js"

const LINK = "https://chat.example.com/join#ABCD-EFGH/0198c0de-0000-7000-8000-000000000000"

/** The modules that a path covers, as rows of "#" and ".". */
function rowsOf({ size, path }) {
  const rows = Array.from({ length: size }, () => Array(size).fill("."))
  for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) rows[y].fill("#", +x, +x + +length)
  return rows.map((row) => row.join(""))
}

test("a link becomes a code with a finder in three corners", () => {
  const rows = rowsOf(qrPath(LINK))
  const finder = ["#######", "#.....#", "#.###.#", "#.###.#", "#.###.#", "#.....#", "#######"]
  equal(
    rows.slice(0, 7).map((row) => row.slice(0, 7)),
    finder,
  )
  equal(
    rows.slice(0, 7).map((row) => row.slice(-7)),
    finder,
  )
  equal(
    rows.slice(-7).map((row) => row.slice(0, 7)),
    finder,
  )
})

test("the code of a link is small enough for a phone's camera", () => {
  equal(qrPath(LINK).size <= 41, true)
})

test("each text has a code of its own", () => {
  equal(qrPath(LINK).path === qrPath(LINK.replace("ABCD", "ABCE")).path, false)
})
