/** Accepts files dropped anywhere on the page, with an overlay. */
export class DropZone {
  #overlay
  #dropped

  /**
   * @param {{ overlay: HTMLElement, text: string, dropped: (files: File[]) => void, target?: Window }} parts
   */
  constructor({ overlay, text, dropped, target = window }) {
    this.#overlay = overlay
    this.#dropped = dropped
    overlay.firstElementChild.textContent = text
    target.addEventListener("dragenter", (event) => this.#over(event))
    target.addEventListener("dragover", (event) => this.#over(event))
    target.addEventListener("dragleave", (event) => {
      if (event.relatedTarget === null) this.#show(false)
    })
    target.addEventListener("drop", (event) => this.#drop(event))
  }

  /**
   * Otherwise the browser would navigate to the file.
   * @param {DragEvent} event
   */
  #over(event) {
    if (!event.dataTransfer.types.includes("Files")) return
    event.preventDefault()
    event.dataTransfer.dropEffect = "copy"
    this.#show(true)
  }

  /** @param {DragEvent} event */
  #drop(event) {
    if (!event.dataTransfer.types.includes("Files")) return
    event.preventDefault()
    this.#show(false)
    this.#dropped([...event.dataTransfer.files])
  }

  #show(shown) {
    this.#overlay.hidden = !shown
  }
}
