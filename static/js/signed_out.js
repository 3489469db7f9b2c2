import { forget } from "./base/owner_storage.js"
import { SafeStorage } from "./base/storage.js"

/** Nothing of what was typed stays in the browser, nor the page for use without a network. */
forget([new SafeStorage(() => globalThis.localStorage), new SafeStorage(() => globalThis.sessionStorage)])
forgetPage()

async function forgetPage() {
  const registrations = (await navigator.serviceWorker?.getRegistrations()) ?? []
  await Promise.all(registrations.map((registration) => registration.unregister()))
  const names = (await globalThis.caches?.keys()) ?? []
  await Promise.all(names.filter((name) => name.startsWith("chatapp.shell.")).map((name) => caches.delete(name)))
  document.documentElement.dataset.forgotten = "yes"
}
