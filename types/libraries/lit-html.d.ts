/** What static/js uses of lit-html; values in templates are not checked. */
export interface Template {
  readonly values: unknown[]
}
export const nothing: unique symbol
export function html(strings: TemplateStringsArray, ...values: unknown[]): Template
export function svg(strings: TemplateStringsArray, ...values: unknown[]): Template
export function render(value: unknown, container: ParentNode): void
