import { filesOf } from "./dropped_files.js"

/** Accepts files and folders dropped anywhere on the page, with an overlay, and files that are pasted. */
export class DropZone {
  #overlay
  #dropped
  #unreadable

  /**
   * `unreadable` is called if a folder cannot be read.
   * @param {{ overlay: HTMLElement, text: string, dropped: (files: File[]) => void, unreadable: () => void,
   *   target?: Window }} parts
   */
  constructor({ overlay, text, dropped, unreadable, target = window }) {
    this.#overlay = overlay
    this.#dropped = dropped
    this.#unreadable = unreadable
    overlay.firstElementChild.textContent = text
    target.addEventListener("dragenter", (event) => this.#over(event))
    target.addEventListener("dragover", (event) => this.#over(event))
    target.addEventListener("dragleave", (event) => {
      if (event.relatedTarget === null) this.#show(false)
    })
    target.addEventListener("drop", (event) => this.#drop(event))
    target.addEventListener("paste", (event) => this.#paste(event))
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
    this.#take(event.dataTransfer)
  }

  /**
   * Copied text may come with a picture of itself, as from a spreadsheet: then the text is meant.
   * @param {ClipboardEvent} event
   */
  #paste(event) {
    const { types } = event.clipboardData
    if (!types.includes("Files") || types.includes("text/plain")) return
    event.preventDefault()
    this.#take(event.clipboardData)
  }

  /** @param {DataTransfer} transfer */
  async #take(transfer) {
    const files = await filesOf(transfer).catch(() => null)
    if (files) this.#dropped(files)
    else this.#unreadable()
  }

  #show(shown) {
    this.#overlay.hidden = !shown
  }
}
