import { html, nothing } from "../ui/lit.js"

/** The models as options of a select, under their providers; one provider needs no heading. */
export function modelOptions({ models, t, selected }) {
  const { groups } = models
  const why = (problem) => problem || t("notReachable")
  const members = ({ provider, problem, models: members }) => {
    const mark = problem === null ? "" : ` · ${t("notReachable")}`
    const title = problem === null ? nothing : why(problem)
    if (members.length === 0) return html`<option disabled title=${title}>${provider}${mark}</option>`
    return members.map(({ id }) => html`
      <option value=${id} title=${title} ?selected=${id === selected}>${models.nameOf(id)}${mark}</option>`)
  }
  return groups.map((group) => (hasSeveral(groups) && group.provider !== null ? html`
    <optgroup label=${group.provider}>${members(group)}</optgroup>` : members(group)))
}

export const hasSeveral = (groups) => groups.filter(({ provider }) => provider !== null).length > 1

/** The choice that asks for a name: servers do not list all that they know. No model's name begins with a blank. */
export const OTHER = " other"
