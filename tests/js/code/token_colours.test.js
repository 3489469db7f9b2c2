import { contrast } from "../contrast.js"
import { equal, ok, test } from "../harness.js"

const colours = { ...(await palette("colours")), ...(await palette("code")) }

/** The colours of a stylesheet as [light, dark], by name. */
async function palette(name) {
  const css = await (await fetch(`/static/css/${name}.css`)).text()
  const found = css.matchAll(/--([\w-]+): light-dark\((#[\da-f]{6}), (#[\da-f]{6})\);/g)
  return Object.fromEntries([...found].map(([, key, light, dark]) => [key, [light, dark]]))
}

test("every code colour has enough contrast in both themes", () => {
  const written = Object.keys(colours).filter((name) => name.startsWith("code-") && !name.endsWith("-soft"))
  ok(written.length >= 10)
  const pairs = [
    ...written.map((name) => [name, "code"]),
    ["code-inserted", "code-inserted-soft"],
    ["code-deleted", "code-deleted-soft"],
  ]
  const poor = pairs.flatMap(([name, ground]) =>
    [0, 1]
      .filter((theme) => !(contrast(colours[name][theme], colours[ground][theme]) >= 4.5))
      .map(
        (theme) =>
          `${name} on ${ground}, ${theme}: ${contrast(colours[name][theme], colours[ground][theme]).toFixed(2)}`,
      ),
  )
  equal(poor, [])
})

test("every token kind has a style", async () => {
  const css = await (await fetch("/static/css/code.css")).text()
  const { TOKEN_KINDS } = await import("../../../static/js/code/token_kinds.js")
  equal(
    TOKEN_KINDS.filter((kind) => !css.includes(`.code__${kind}`)),
    [],
  )
})
