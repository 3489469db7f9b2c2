import { Api } from "../net/api.js"

/** Whether a device that joins another one brings its own conversations along: templates/merge_choice.html. */
export class MergeChoice {
  #findPart

  /** @param {(name: string) => any} findPart */
  constructor(findPart) {
    this.#findPart = findPart
    findPart("export").href = Api.exportOf("json")
    findPart("merge").addEventListener("change", () => this.#draw())
  }

  /**
   * Begin anew, ticked.
   * @param {boolean} asks whether there may be anything to bring along
   */
  reset(asks) {
    this.#findPart("merge").checked = true
    this.ask(asks)
    this.#draw()
  }

  /** @param {boolean} asks */
  ask(asks) {
    this.#findPart("own").hidden = !asks
  }

  get merges() {
    return !this.#findPart("own").hidden && this.#findPart("merge").checked
  }

  #draw() {
    const { checked } = this.#findPart("merge")
    this.#findPart("merges").hidden = !checked
    this.#findPart("leaves").hidden = checked
  }
}
