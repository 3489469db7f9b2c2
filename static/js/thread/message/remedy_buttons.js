/** @import { ErrorButton } from "./error_view.js" */
/** @import { MessageContext } from "./message_view.js" */

/** Errors that another model of the same provider is likely to have, too. */
const OF_PROVIDER = new Set(["provider_auth", "quota_exceeded", "provider_unavailable"])

/**
 * The buttons for the remedies of a failed answer.
 * @param {MessageContext} context
 * @param {Wire.Message} message
 * @param {string[]} names
 * @returns {ErrorButton[]}
 */
export function remedyButtons(context, message, names) {
  const { t, actions } = context
  const { model, error } = message
  const withAnother = () =>
    otherModelButtons(context, {
      model,
      elsewhere: OF_PROVIDER.has(error?.code),
      label: (name) => t("retryWith", { model: name }),
      act: (id) => actions.regenerateWith(message, id),
    })
  /** @type {Record<string, () => ErrorButton[]>} */
  const buttons = {
    continue: () => [{ testid: "continue", label: t("continue"), act: () => actions.continue(message), waits: true }],
    regenerate: () => [
      { testid: "regenerate", label: t("retry"), act: () => actions.regenerate(message), waits: true },
    ],
    shorten: () => [{ testid: "shorten", label: t("shorten"), act: () => actions.regenerateShorter(message) }],
    otherModel: withAnother,
    settings: () => [{ testid: "open-settings", label: t("settings"), act: () => actions.openSettings() }],
  }
  return names.flatMap((name) => buttons[name]())
}

/**
 * Go on with another model: with the likeliest at once, with any of several by a menu. Without any the picker opens,
 * which also takes a name.
 * @param {MessageContext} context
 * @param {{ model?: string | null, elsewhere?: boolean, label: (name: string) => string, act: (id: string) => unknown,
 *   heading?: string }} how
 * @returns {ErrorButton[]}
 */
export function otherModelButtons({ t, actions, modelName, alternatives, regenerateMenu }, how) {
  const { model = null, elsewhere = false, label, act, heading } = how
  const [best, ...more] = alternatives(model, { elsewhere })
  if (!best) return [{ testid: "choose-model", label: t("otherModel"), act: () => actions.chooseModel() }]
  const atOnce = { testid: "other-model", label: label(modelName(best)), act: () => act(best) }
  if (more.length === 0) return [atOnce]
  const open = (/** @type {Event} */ event) =>
    regenerateMenu.open(/** @type {HTMLElement} */ (event.currentTarget), { model }, act, heading)
  return [atOnce, { testid: "choose-model", label: t("otherModel"), act: open }]
}
