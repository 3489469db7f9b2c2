/** The look of a highlight.js scope: one of a dozen kinds, "" for plain. */
const KINDS = {
  keyword: "keyword",
  "selector-pseudo": "keyword",
  "variable.language": "keyword",
  bullet: "keyword",
  doctag: "keyword",
  string: "string",
  regexp: "string",
  code: "string",
  formula: "string",
  link: "string",
  number: "number",
  literal: "number",
  symbol: "number",
  "char.escape": "number",
  "variable.constant": "number",
  comment: "comment",
  quote: "comment",
  title: "title",
  "selector-id": "title",
  type: "type",
  "title.class": "type",
  built_in: "type",
  class: "type",
  "selector-class": "type",
  variable: "variable",
  "template-variable": "variable",
  name: "name",
  "selector-tag": "name",
  attr: "attribute",
  attribute: "attribute",
  property: "attribute",
  "selector-attr": "attribute",
  meta: "meta",
  "template-tag": "meta",
  "meta.prompt": "meta",
  addition: "inserted",
  deletion: "deleted",
  section: "heading",
  strong: "strong",
  emphasis: "emphasis",
  subst: "",
  params: "",
  tag: "",
  operator: "",
  punctuation: "",
}

/**
 * The kind of a scope such as `title.function`, by its longest known prefix; null if none.
 * @param {string} scope
 */
export function tokenKindOf(scope) {
  for (let name = scope; name; name = name.slice(0, Math.max(0, name.lastIndexOf(".")))) {
    if (Object.hasOwn(KINDS, name)) return KINDS[name]
  }
  return null
}

export const TOKEN_KINDS = [...new Set(Object.values(KINDS))].filter(Boolean)
