/** What static/js uses of Mermaid. */
declare const mermaid: {
  initialize(settings: object): void
  render(id: string, source: string): Promise<{ svg: string }>
}
export default mermaid
