import { displayName } from "../../../static/js/base/model_names.js"
import { equal, test } from "../harness.js"

test("models are called by the names that the server gives them, too", async () => {
  const names = await (await fetch("/tests/js/data/model_names.json")).json()
  for (const [model, name] of Object.entries(names)) equal(displayName(model), name, `${model}:`)
})
