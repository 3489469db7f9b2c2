import { announceArrival, hasArrived } from "../../../static/js/base/arrival.js"
import { SafeStorage } from "../../../static/js/base/storage.js"
import { equal, test } from "../harness.js"

test("the first page after joining says so, once", () => {
  const tab = new SafeStorage(() => sessionStorage)
  equal(hasArrived(tab), false)
  announceArrival(tab)
  equal([hasArrived(tab), hasArrived(tab)], [true, false])
})
