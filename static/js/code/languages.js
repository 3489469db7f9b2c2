/**
 * The languages: display name and aliases.
 * @type {Record<string, [name: string, aliases?: string]>}
 */
const LANGUAGES = {
  bash: ["Bash", "sh zsh ksh fish bashrc"],
  c: ["C", "h"],
  clojure: ["Clojure", "clj edn"],
  cmake: ["CMake", "cmakelists"],
  cpp: ["C++", "c++ cc cxx hpp hh hxx h++ arduino ino cuda cu"],
  csharp: ["C#", "c# cs dotnet"],
  css: ["CSS"],
  dart: ["Dart", "flutter"],
  diff: ["Diff", "patch"],
  django: ["Django", "jinja jinja2 j2"],
  dockerfile: ["Dockerfile", "docker containerfile"],
  dos: ["Batch", "bat batch cmd"],
  elixir: ["Elixir", "ex exs heex"],
  erlang: ["Erlang", "erl"],
  fortran: ["Fortran", "f90 f95"],
  fsharp: ["F#", "f# fs"],
  glsl: ["GLSL", "vert frag"],
  go: ["Go", "golang"],
  gradle: ["Gradle"],
  graphql: ["GraphQL", "gql"],
  groovy: ["Groovy", "jenkinsfile"],
  handlebars: ["Handlebars", "hbs mustache"],
  haskell: ["Haskell", "hs"],
  http: ["HTTP", "https rest"],
  ini: ["TOML, INI", "toml conf cfg editorconfig"],
  java: ["Java"],
  javascript: ["JavaScript", "js jsx mjs cjs node"],
  json: ["JSON", "jsonc json5 jsonl ndjson geojson"],
  julia: ["Julia", "jl"],
  kotlin: ["Kotlin", "kt kts"],
  latex: ["LaTeX", "tex"],
  less: ["Less"],
  lisp: ["Lisp", "common-lisp commonlisp elisp el"],
  lua: ["Lua"],
  makefile: ["Makefile", "make mk gnumake"],
  markdown: ["Markdown", "md mdx mkd"],
  matlab: ["MATLAB", "octave"],
  nginx: ["nginx", "nginxconf"],
  nix: ["Nix", "nixos"],
  objectivec: ["Objective-C", "objc obj-c objective-c mm"],
  ocaml: ["OCaml", "ml"],
  perl: ["Perl", "pl pm"],
  php: ["PHP", "php8"],
  powershell: ["PowerShell", "pwsh ps ps1"],
  properties: ["Properties", "env dotenv"],
  protobuf: ["Protocol Buffers", "proto proto3"],
  python: ["Python", "py python3 py3 ipython gyp sage"],
  "python-repl": ["Python", "pycon"],
  r: ["R", "rscript"],
  ruby: ["Ruby", "rb gemspec irb"],
  rust: ["Rust", "rs"],
  scala: ["Scala", "sc sbt"],
  scheme: ["Scheme", "scm racket"],
  scss: ["SCSS", "sass"],
  shell: ["Shell", "console shellsession sh-session"],
  sql: ["SQL", "mysql postgres postgresql pgsql plsql tsql sqlite mariadb"],
  swift: ["Swift"],
  tcl: ["Tcl", "tk"],
  typescript: ["TypeScript", "ts tsx mts cts"],
  vbnet: ["Visual Basic", "vb vba"],
  verilog: ["Verilog", "v sv systemverilog"],
  vim: ["Vim script", "vimscript viml"],
  wasm: ["WebAssembly", "wat wast"],
  x86asm: ["Assembly", "asm nasm assembly"],
  xml: ["XML", "html xhtml svg rss atom xsd xsl xslt plist vue svelte htm"],
  yaml: ["YAML", "yml"],
}

/** Display names of aliases that differ from the language's. */
const LABELS = new Map(
  Object.entries({
    html: "HTML",
    htm: "HTML",
    xhtml: "HTML",
    svg: "SVG",
    vue: "Vue",
    svelte: "Svelte",
    toml: "TOML",
    ini: "INI",
    jsx: "JSX",
    tsx: "TSX",
    jsonl: "JSONL",
    json5: "JSON5",
    arduino: "Arduino",
    ino: "Arduino",
    cuda: "CUDA",
    zsh: "Zsh",
    fish: "Fish",
    mysql: "MySQL",
    postgres: "PostgreSQL",
    postgresql: "PostgreSQL",
    pgsql: "PostgreSQL",
    sqlite: "SQLite",
    jinja: "Jinja",
    jinja2: "Jinja",
    j2: "Jinja",
    sass: "Sass",
    racket: "Racket",
    env: ".env",
    dotenv: ".env",
    mdx: "MDX",
    octave: "Octave",
    vba: "VBA",
    mermaid: "Mermaid",
    dot: "DOT",
    graphviz: "Graphviz",
    csv: "CSV",
  }),
)

/**
 * Languages embedded in others, needed together.
 * @type {Record<string, string[]>}
 */
const INSIDE = {
  dart: ["markdown"],
  django: ["xml"],
  dockerfile: ["bash"],
  handlebars: ["xml"],
  javascript: ["xml", "css", "graphql"],
  markdown: ["xml"],
  nix: ["markdown"],
  "python-repl": ["python"],
  shell: ["bash"],
  typescript: ["xml", "css", "graphql"],
  xml: ["css", "javascript"],
  yaml: ["ruby"],
}

const PLAIN = new Set(["", "text", "txt", "plain", "plaintext", "none", "output"])
const MAX_CHARACTERS = 40

const GRAMMARS = new Map(
  Object.entries(LANGUAGES).flatMap(([id, [, aliases = ""]]) =>
    [id, ...aliases.split(" ").filter(Boolean)].map((name) => [name, id]),
  ),
)

/**
 * The grammar and label for the word after a fence; {grammar: null} if unknown, label "" for plain text.
 * @param {string} word
 */
export function languageOf(word) {
  const written = word.replace(/^(?:language-|\{\.?)|[,:;{}].*$/g, "")
  const name = written.toLowerCase()
  if (PLAIN.has(name)) return { grammar: null, label: "" }
  const grammar = GRAMMARS.get(name) ?? null
  const label = LABELS.get(name) ?? LANGUAGES[grammar]?.[0] ?? written.slice(0, MAX_CHARACTERS)
  return { grammar, label }
}

/**
 * A grammar and all that it needs, itself first.
 * @param {string} grammar
 */
export function grammarsFor(grammar) {
  const found = [grammar]
  for (const one of found) for (const other of INSIDE[one] ?? []) if (!found.includes(other)) found.push(other)
  return found
}

export const GRAMMAR_NAMES = Object.keys(LANGUAGES)
