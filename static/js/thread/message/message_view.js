import { catchLostFocus } from "../../ui/focus.js"
import { html, nothing, render, renderAnew } from "../../ui/lit.js"
import { errorOf, remediesFor, retryAt } from "./answer_errors.js"
import { BodyView } from "./body_view.js"
import { QuestionEdit } from "./editing.js"
import { errorTemplate } from "./error_view.js"
import { findRanges, highlightRanges } from "./find_text.js"
import { footerTemplate } from "./message_footer.js"
import { QuestionBody } from "./question_body.js"
import { ReasoningView } from "./reasoning_view.js"
import { remarksTemplate } from "./remarks.js"
import { remedyButtons } from "./remedy_buttons.js"
import { StageView } from "./stage_view.js"

/** @import { Format } from "../../base/format.js" */
/** @import { Translate } from "../../base/translator.js" */
/** @import { LengthLimit } from "../../composer/length_limit.js" */
/** @import { SendKey } from "../../composer/send_key.js" */
/** @import { Unsent } from "../../state/chat.js" */
/** @import { Generation, GrowingText } from "../../state/generation.js" */
/** @import { ModelChoice } from "../../state/model_choice.js" */
/** @import { Clipboard } from "../../ui/clipboard.js" */
/** @import { AnswerDetails } from "./answer_details.js" */
/** @import { EditDrafts } from "./editing.js" */
/** @import { ModelName } from "./remarks.js" */
/** @import { RegenerateMenu } from "./regenerate_menu.js" */

/**
 * What all messages share. `hold` keeps an element where it is on the screen while it changes.
 * @typedef {{ t: Translate, format: Format, locale: string, clipboard: Clipboard, length: LengthLimit,
 *   sendKey: SendKey, modelName: ModelName, alternatives: ModelChoice["alternativesTo"], isCut: () => boolean,
 *   actions: MessageActions, edits: EditDrafts, details: AnswerDetails, regenerateMenu: RegenerateMenu,
 *   announce: (key: string, values?: Record<string, any>) => void, hold?: (element: HTMLElement) => void }} MessageContext
 */
/**
 * What a user can do with messages and unsent entries. `edit` returns whether the text was taken.
 * @typedef {{
 *   edit: (message: Wire.Message, text: string) => boolean,
 *   regenerate: (message: Wire.Message, how?: { model?: string }) => unknown,
 *   regenerateWith: (message: Wire.Message, model: string) => unknown,
 *   regenerateShorter: (message: Wire.Message) => unknown,
 *   continue: (message: Wire.Message) => unknown,
 *   turnsOf: (message: Wire.Message) => number,
 *   selectBranch: (id: string) => unknown,
 *   chooseModel: () => void,
 *   openSettings: () => void,
 *   retry: (entry: Unsent, change?: { model?: string }) => void,
 *   retryWith: (entry: Unsent, model: string) => void,
 *   discard: (entry: Unsent) => void,
 *   putBack: (entry: Unsent) => void,
 * }} MessageActions
 */
/**
 * The body of a message: a BodyView, or a question's QuestionBody. `content` has the text alone.
 * @typedef {{ element: HTMLElement, content?: HTMLElement, text: string, empty?: boolean, painted?: Promise<unknown>,
 *   show(text: string | GrowingText): void, grow?(): void, unfold?(): void, finish(): void, close?(): void }} MessageBody
 */

const CONTINUABLE = new Set(["stopped", "failed", "interrupted"])
const MARKED_MS = 2500

/** A message on the screen. Tokens go to its body; everything else is redrawn on change. */
export class MessageView {
  #context
  /** @type {MessageBody} */
  #body
  #reasoning
  #stage
  /** @type {QuestionEdit | null} */
  #editing = null
  #message
  /**
   * Null: none is running; undefined: before the first update.
   * @type {Generation | null | undefined}
   */
  #generation
  #until = 0
  #copied = false

  /**
   * @param {MessageContext} context
   * @param {Wire.Message} message
   */
  constructor(context, message) {
    this.#context = context
    this.#message = message
    this.#body = message.role === "user" ? new QuestionBody(context) : new BodyView(context, { docId: message.id })
    this.#reasoning = new ReasoningView(context, message.id)
    this.#stage = new StageView(context)
    this.element = document.createElement("article")
    this.element.dataset.testid = "message"
    if (message.role === "user") this.#editing = new QuestionEdit({ context, message, changed: () => this.#edited() })
  }

  get live() {
    return this.#message.status === "running" || this.#until > 0
  }

  /**
   * Show the current state of a message; `generation` if it is running.
   * @param {Wire.Message} message
   * @param {Generation | null} generation
   */
  update(message, generation) {
    const isAnother = message !== this.#message || generation !== this.#generation
    this.#message = message
    this.#generation = generation
    this.#until = CONTINUABLE.has(message.status) ? this.#deadline() : 0
    if (isAnother) this.#showTexts()
    else if (generation) for (const view of [this.#body, this.#reasoning]) view.grow()
    if (message.status !== "running") this.#finish()
    this.#draw()
  }

  /**
   * Show what was added to the text or to the reasoning.
   * @param {Wire.Kind} kind
   */
  grow(kind) {
    const stage = this.#stage.element.dataset.stage
    const view = kind === "reasoning" ? this.#reasoning : this.#body
    view.grow()
    if (this.#generation?.stage !== stage || !this.#isWhole) this.#draw()
  }

  /** Show the text of the generation so far as the reasoning that it was. */
  move() {
    this.#showTexts()
    this.#reasoning.end(this.#generation)
    this.#draw()
  }

  /** Advance the clocks. */
  tick() {
    if (this.#message.status === "running") this.#stage.tick()
    if (this.#until === 0) return
    if (this.#until <= Date.now()) this.#until = 0
    this.#draw()
  }

  /** Models may be called otherwise by now. */
  rename() {
    this.#draw()
  }

  /** Update the age of a cached answer. */
  age() {
    if (this.#message.cached_at) this.#draw()
  }

  /**
   * Another tab changed the edit of this question.
   * @param {string} text
   */
  followEdit(text) {
    this.#editing?.follow(text)
  }

  /** Resolves when the words of a finished message can be found on the screen. */
  get painted() {
    return this.#body.painted
  }

  close() {
    this.#body.close?.()
    this.#reasoning.close()
  }

  /**
   * Highlight this message, and the words in it if found; returns the place to scroll to: the first word.
   * @param {string[]} words
   */
  point(words) {
    this.#body.unfold?.()
    const ranges = this.#editing?.element ? [] : findRanges(this.#body.content ?? this.#body.element, words)
    highlightRanges(ranges)
    this.element.dataset.marked = ""
    setTimeout(() => {
      delete this.element.dataset.marked
    }, MARKED_MS)
    return ranges[0] ?? this.element
  }

  get #saidNothing() {
    const { role, status } = this.#message
    return role === "assistant" && status === "complete" && this.#body.text.trim() === ""
  }

  #showTexts() {
    const { content, reasoning } = this.#message
    const generation = this.#generation
    this.#body.show(generation?.textAfter(content) ?? content)
    this.#reasoning.show(generation?.reasoningAfter(reasoning ?? "") ?? reasoning ?? "")
  }

  #finish() {
    this.#body.finish()
    this.#reasoning.finish()
  }

  #deadline() {
    const at = retryAt(this.#message, Date.now())
    return at > Date.now() ? at : 0
  }

  #draw() {
    const { id, role, status } = this.#message
    this.element.className = `message message--${role}`
    Object.assign(this.element.dataset, { messageId: id, role, status })
    this.#stage.show(this.#generation?.stage ?? "waiting", this.#generation?.startedAt ?? Date.now())
    this.#reasoning.follow(this.#generation, this.#message.timings)
    catchLostFocus(this.element, () => {
      render(this.#template(), this.element)
      if (!this.#isWhole) renderAnew(this.#template(), this.element)
    })
  }

  /** Whether its texts are on the page: an extension may have removed them, which `render` does not notice. */
  get #isWhole() {
    const texts = [
      this.#editing?.element ?? this.#body.element,
      ...(this.#reasoning.empty ? [] : [this.#reasoning.element]),
    ]
    return texts.every((one) => this.element.contains(one))
  }

  #template() {
    const { t } = this.#context
    const { role } = this.#message
    const editor = this.#editing?.element
    return html`
      <h2 class="hidden">${t(role === "user" ? "youSaid" : "modelSaid")}</h2>
      ${this.#reasoning.empty ? nothing : this.#reasoning.element}
      ${editor ?? this.#body.element}
      ${this.#saidNothing ? html`<p class="message__nothing" data-testid="said-nothing">${t("saidNothing")}</p>` : nothing}
      ${this.#error()}
      ${remarksTemplate(this.#message, t)}
      ${editor ? nothing : footerTemplate(this.#footer())}`
  }

  #footer() {
    const message = this.#message
    const running = message.status === "running"
    return {
      ...this.#context,
      message,
      copied: this.#copied,
      stage: running ? this.#stage.element : null,
      handlers: message.role === "user" ? this.#questionHandlers() : this.#answerHandlers(running),
    }
  }

  #questionHandlers() {
    return { edit: () => this.#editing.start(), copy: () => this.#copy() }
  }

  /** null: not possible yet. Errors have buttons of their own. */
  #answerHandlers(running) {
    const { actions, details, regenerateMenu } = this.#context
    const message = this.#message
    const hasText = !this.#body.empty
    const goesOn = message.status === "stopped" || (message.status === "complete" && message.finish_reason === "length")
    const once = (act) => (running ? null : act)
    const again = {
      regenerate: once(() => actions.regenerate(message)),
      regenerateWith: once((opener) =>
        regenerateMenu.open(opener, message, (model) => actions.regenerate(message, { model })),
      ),
    }
    return {
      ...(goesOn && hasText ? { continue: () => actions.continue(message) } : {}),
      ...(running || hasText ? { copy: hasText ? () => this.#copy() : null } : {}),
      ...(errorOf(message) ? {} : again),
      details: once((opener) => details.open(opener, message, actions.turnsOf(message))),
    }
  }

  #error() {
    const error = errorOf(this.#message)
    if (!error) return nothing
    const turns = this.#context.actions.turnsOf(this.#message)
    const buttons = remedyButtons(this.#context, this.#message, remediesFor(this.#message, { turns }))
    const kept = this.#message.content !== ""
    return errorTemplate({ ...this.#context, error, kept, buttons, until: this.#until })
  }

  async #copy() {
    this.#copied = await this.#context.clipboard.copy(this.#body.text)
    this.#draw()
    setTimeout(() => {
      this.#copied = false
      this.#draw()
    }, 2000)
  }

  /** Draw the question or its editor. Focus in a closed editor moves to the edit button. */
  #edited() {
    const hadFocus = this.element.contains(document.activeElement)
    this.#draw()
    if (hadFocus && !this.#editing.element)
      this.element.querySelector("[data-testid=edit]").focus({ preventScroll: true })
  }
}
