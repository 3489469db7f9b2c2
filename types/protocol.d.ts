/** The objects of docs/protocol.md, as the page reads them. */
declare namespace Wire {
  type Role = "user" | "assistant"
  type Status = "complete" | "running" | "stopped" | "failed" | "interrupted"
  type Kind = "text" | "reasoning"
  type EntryKind = Kind | "text_was_reasoning"
  type Options = Record<string, any>

  interface Message {
    id: string
    parent_id: string | null
    sibling_ids: string[]
    role: Role
    content: string
    reasoning: string | null
    status: Status
    model: string | null
    generation_id: string | null
    client_message_id: string | null
    usage: Usage | null
    timings: Timings | null
    options?: Options
    cached: boolean
    cached_at?: string
    error: AnswerError | null
    /** These two are absent in an answer that this tab has just requested. */
    finish_reason?: string | null
    created_at?: string
    /** The provider's name of the model that has answered, if that is not the one asked. */
    answered_by?: string
    notices?: Notice[]
  }

  /** What a person should know of how an answer was made. */
  interface Notice {
    text: string
    values: Record<string, any>
  }

  interface Usage {
    prompt_tokens: number
    completion_tokens: number
    total_tokens: number
  }

  interface Timings {
    queued_ms: number
    first_token_ms: number
    first_text_ms?: number
    total_ms: number
  }

  /** Whose bound refuses. */
  type Scope = "session" | "address" | "model" | "all"

  /** The error of an ack, or of a message. `reason`: of an ack's alone. */
  interface ErrorAck {
    code: string
    message: string
    retry_after?: number
    scope?: Scope
    reason?: "model_not_found" | "not_allowed"
    detail?: { text: string; values: Record<string, any>; said?: string }
    reference?: string
  }

  type AnswerError = ErrorAck

  /** A device that is signed in. */
  interface Session {
    id: string
    device: string | null
    current: boolean
    created_at: string
    seen_at: string
  }

  interface Conversation extends Settings {
    id: string
    title: string
    active_leaf_id: string | null
    pinned: boolean
    archived: boolean
    revision: number
    running: string[]
    created_at: string
    updated_at: string
  }

  /** Those of a conversation, a preset, or the owner's defaults. */
  interface Settings {
    model: string | null
    system_prompt: string | null
    options: Options | null
  }

  interface Preset extends Settings {
    id: string
    name: string
  }

  /** The operator's ceilings: numbers, of `stop` how many, of `reasoning_effort` which; of `system_prompt` in characters. */
  interface Limits {
    reasoning_effort?: string[]
    system_prompt?: number
    [option: string]: number | string[] | undefined
  }

  interface Model {
    id: string
    name: string
    provider?: string
    description?: string
    limits?: Limits
  }

  interface Models {
    models: Model[]
    default: string | null
    takes_others?: boolean
    down?: { provider: string; problem: string }[]
  }

  /** A conversation in search results. */
  interface Found extends Conversation {
    hit?: Hit
  }

  interface Hit {
    message_id: string | null
    parts: { text: string; match: boolean }[]
    words: string[]
  }

  interface ConversationPage {
    conversations: Found[]
    next: string | null
  }

  /** What an import has changed, and what it has not taken. Only what there is, beside `conversations`. */
  interface ImportAnswer {
    conversations: Conversation[]
    extended?: Conversation[]
    unchanged?: number
    not_imported?: number
    problems?: { title: string; problem: string; detail?: string }[]
    cancelled?: boolean
    left?: number
    ended_by?: string
  }

  /** `done` of `total`: bytes while reading, conversations while storing. */
  interface ImportProgress {
    phase: "waiting" | "reading" | "storing" | null
    done?: number
    total?: number
  }

  interface MessagePage {
    messages: Message[]
    before: string | null
  }

  /** Consecutive entries of one kind are merged in snapshots; `seq` is the last one's. */
  interface Entry {
    seq: number
    kind: EntryKind
    text: string
  }

  interface Running {
    generation_id: string
    message_id: string
    model: string | null
    started_at: string
    seq: number
    entries: Entry[]
    cached?: boolean
  }

  /** A question that waits for the end of the answer `parent_id`. */
  interface Queued extends QueuedPlace {
    client_message_id: string
    content: string
    model: string | null
    options?: Options
    created_at: string
  }

  /** What an event says of a queued question that has not changed. */
  interface QueuedPlace {
    id: string
    parent_id: string
    revision: number
  }

  /** The ack of `open_conversation`. */
  interface Snapshot extends MessagePage {
    conversation: Conversation
    queue?: { revision: number; questions: Queued[] }
    running: Running[]
  }

  /**
   * The ack of a command that requests an answer. `conversation` and `message` only for a new question; `queued` in place
   * of the others if it has to wait.
   */
  interface AnswerAck {
    conversation?: Conversation
    message?: Message
    generation_id?: string
    assistant_message_id?: string
    queued?: Queued
  }

  /** The ack of `resume_generation`. `message` once it has ended. */
  interface ResumeAck {
    entries: Entry[]
    seq: number
    status: Status
    conversation_id: string
    message_id: string
    message?: Message
  }

  /** The payload and the ack of each command. */
  interface Commands {
    open_conversation: [{ conversation_id: string; leaf_id?: string; limit?: number }, Snapshot]
    load_messages: [{ conversation_id: string; before: string; limit?: number }, MessagePage]
    close_conversation: [{ conversation_id: string }, object]
    continue_generation: [{ message_id: string }, AnswerAck]
    stop_generation: [{ generation_id: string }, { status: Status }]
    resume_generation: [{ generation_id: string; after: number }, ResumeAck]
    edit_queued: [{ queued_id: string; revision: number; content: string }, { queued: Queued }]
    move_queued: [{ queued_id: string; before: string | null }, object]
    take_back_queued: [{ queued_id: string }, { queued: Queued }]
    send_queued: [{ queued_id: string }, object]
    select_branch: [{ conversation_id: string; message_id: string }, { conversation: Conversation }]
    send_message: [Question & Partial<Settings> & { conversation_id: string | null; parent_id?: string | null; queue?: boolean }, AnswerAck]
    edit_message: [Question & { message_id: string }, AnswerAck]
    regenerate: [Partial<Question> & { message_id: string }, AnswerAck]
  }

  /** What the commands that request an answer have in common. */
  interface Question {
    content: string
    client_message_id: string
    model?: string
    options?: Options
  }

  type FactName =
    | "message_added"
    | "generation_started"
    | "token"
    | "generation_ended"
    | "queue_changed"
    | "conversation_added"
    | "conversation_changed"
    | "conversation_removed"

  /** The payload of a fact; which fields it has depends on its name. */
  interface Fact {
    conversation_id?: string
    revision?: number
    conversation?: Conversation
    message?: Message
    generation_id?: string
    message_id?: string
    model?: string
    cached?: boolean
    status?: Status
    queue?: { revision: number; questions: QueuedPlace[] }
    /** Of a change of the queue: the one that is new or has another text. */
    question?: Queued
    /** Of a token: the generation's id, or its last group if it came as a short token. */
    id?: string
    seq?: number
    text?: string
    kind?: EntryKind
  }
}
