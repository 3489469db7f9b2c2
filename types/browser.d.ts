/** What browsers have and TypeScript's library lacks. */
interface Navigator {
  readonly userAgentData?: { readonly platform: string }
}

/** Selectors of this page find HTML elements. */
interface ParentNode {
  querySelector<K extends keyof HTMLElementTagNameMap>(selectors: K): HTMLElementTagNameMap[K] | null
  querySelector<E extends Element = HTMLElement>(selectors: string): E | null
  querySelectorAll<K extends keyof HTMLElementTagNameMap>(selectors: K): NodeListOf<HTMLElementTagNameMap[K]>
  querySelectorAll<E extends Element = HTMLElement>(selectors: string): NodeListOf<E>
}

interface Element {
  closest<E extends Element = HTMLElement>(selectors: string): E | null
}
