/** @import { SafeStorage } from "./storage.js" */

const KEY = "chatapp.joined"

/**
 * Let this tab's next page say that the device has joined.
 * @param {Pick<SafeStorage, "setItem">} tab the tab's storage
 */
export function announceArrival(tab) {
  tab.setItem(KEY, "1")
}

/**
 * Whether this page is the first one after joining.
 * @param {Pick<SafeStorage, "getItem" | "removeItem">} tab
 */
export function hasArrived(tab) {
  const joined = tab.getItem(KEY) !== null
  if (joined) tab.removeItem(KEY)
  return joined
}
