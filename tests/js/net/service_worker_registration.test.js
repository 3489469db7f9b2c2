import { registerServiceWorker } from "../../../static/js/net/service_worker_registration.js"
import { equal, ok, settled, test } from "../harness.js"

test("the worker is registered when idle, for the whole site, and revalidated each time", async () => {
  const registrations = []
  let rested
  const registered = registerServiceWorker({
    workers: { register: async (url, options) => registrations.push([String(url), options]) && "registration" },
    rest: () =>
      new Promise((resolve) => {
        rested = resolve
      }),
  })
  await settled()
  equal(registrations, [])
  rested()
  equal(await registered, "registration")
  equal(registrations, [[new URL("/service-worker.js", location.href).href, { scope: "/", updateViaCache: "none" }]])
})

test("the page works without a service worker", async () => {
  const rest = async () => {}
  equal(await registerServiceWorker({ workers: null, rest }), null)
  equal(
    await registerServiceWorker({
      workers: {
        register: async () => {
          throw new TypeError("refused")
        },
      },
      rest,
    }),
    null,
  )
})

test("an idle page registers at once", async () => {
  const workers = { register: async () => "registration" }
  ok(document.readyState === "complete")
  equal(await registerServiceWorker({ workers }), "registration")
})
