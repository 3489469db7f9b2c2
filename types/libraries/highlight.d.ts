/** What static/js uses of highlight.js. */
interface Highlighter {
  newInstance(): Highlighter
  configure(options: { __emitter: new () => object }): void
  registerLanguage(name: string, grammar: unknown): void
  highlight(code: string, options: { language: string; ignoreIllegals: boolean }): { _emitter: any }
}
declare const core: Highlighter
export default core
