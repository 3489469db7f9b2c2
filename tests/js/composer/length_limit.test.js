import { LengthLimit } from "../../../static/js/composer/length_limit.js"
import { equal, test } from "../harness.js"

const limit = new LengthLimit({
  limit: 5,
  t: (key, { n, limit: most }) => `${key} ${n}/${most}`,
  format: { number: String },
})

test("lengths are counted in code points, as on the server", () => {
  equal([limit.problem("가나다라마"), limit.problem("😀😀😀😀😀"), limit.problem("")], [null, null, null])
  equal(limit.problem("가나다라마바"), "tooLong 6/5")
  equal(limit.problem("😀가😀나😀다"), "tooLong 6/5")
})
