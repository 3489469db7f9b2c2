declare global {
  /** What static/js uses of markdown-it. */
  namespace Markdown {
    interface Token {
      type: string
      tag: string
      nesting: -1 | 0 | 1
      level: number
      content: string
      info: string
      markup: string
      hidden: boolean
      block: boolean
      children: Token[] | null
      map: [number, number] | null
      meta: any
      attrGet(name: string): string | null
      attrJoin(name: string, value: string): void
    }

    interface State {
      src: string
      md: Parser
      tokens: Token[]
      Token: new (type: string, tag: string, nesting: number) => Token
      push(type: string, tag: string, nesting: number): Token
    }

    interface InlineState extends State {
      pos: number
      posMax: number
      pending: string
    }

    /** By line: begin and end offset, indent in characters and in columns. */
    interface BlockState extends State {
      bMarks: number[]
      eMarks: number[]
      tShift: number[]
      sCount: number[]
      blkIndent: number
      line: number
      isEmpty(line: number): boolean
      getLines(begin: number, end: number, indent: number, keepLastNewline: boolean): string
    }

    type InlineRule = (state: InlineState, silent: boolean) => boolean
    type BlockRule = (state: BlockState, startLine: number, endLine: number, silent: boolean) => boolean
    type CoreRule = (state: State) => void

    interface Ruler<Rule> {
      before(other: string, name: string, rule: Rule, options?: { alt: string[] }): void
      after(other: string, name: string, rule: Rule, options?: { alt: string[] }): void
      at(name: string, rule: Rule, options?: { alt: string[] }): void
      getRules(chain: string): Rule[]
    }

    interface Link {
      index: number
      lastIndex: number
      schema: string
      raw: string
      url: string
    }

    interface Parser {
      core: { ruler: Ruler<CoreRule> }
      block: { ruler: Ruler<BlockRule>; parse(text: string, md: Parser, env: object, tokens: Token[]): void }
      inline: { ruler: Ruler<InlineRule>; tokenize(state: InlineState): void }
      renderer: { rules: Record<string, (tokens: Token[], at: number) => string> }
      utils: { escapeHtml(text: string): string }
      linkify: {
        set(options: { fuzzyLink: boolean }): void
        test(text: string): boolean
        match(text: string): Link[] | null
        matchAtStart(text: string): Link | null
      }
      normalizeLink(url: string): string
      validateLink(url: string): boolean
      use<Options>(plugin: (md: Parser, options?: Options) => void, options?: Options): this
      parse(text: string, env: object): Token[]
    }
  }
}

declare const MarkdownIt: new (options: { html: boolean; linkify: boolean }) => Markdown.Parser
export default MarkdownIt
