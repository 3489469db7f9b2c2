/**
 * Evaluated in the served page: renders texts with the page's own modules, and looks for anything that text must
 * never become. Gives {run, look, languages}.
 */
async (app) => {
  const { Rendering } = await import(new URL("./markdown/rendering.js", app))
  const { GRAMMAR_NAMES, languageOf } = await import(new URL("../js/code/languages.js", app))
  const DOC = "probe"
  const PLAIN = "hr u tr sup sub kbd small br colgroup caption".split(" ")
  const ALIGN = /^align-(?:left|center|right)$/
  const ICON = { class: /^icon$/, viewBox: /^0 0 24 24$/, "aria-hidden": /^true$/, focusable: /^false$/ }
  const SCROLLED = { tabindex: /^0$/, role: /^(?:region|group)$/, "aria-label": /^/ }

  const CARET = { "data-caret": /^$/ }
  const DIRECTED = { dir: /^(?:ltr|rtl)$/ }
  const JOINED = { class: /^joined$/ }
  const AS_IT_IS = { translate: /^no$/ }

  /** What of each element there may be, with the values of its attributes; links are looked at one by one. */
  const ALLOWED = {
    ...Object.fromEntries(PLAIN.map((name) => [name, {}])),
    ...Object.fromEntries(["strong", "em", "s"].map((name) => [name, JOINED])),
    ...Object.fromEntries(["h1", "h2", "h3", "h4", "h5", "h6"].map((name) => [name, { "aria-level": /^[1-9]$/, ...CARET, ...DIRECTED }])),
    p: { ...CARET, ...DIRECTED },
    blockquote: DIRECTED,
    ul: { class: /^(?:goes-on|loose|goes-on loose)$/, ...DIRECTED },
    ol: { class: /^(?:goes-on|loose|goes-on loose)$/, start: /^\d{1,10}$/, ...DIRECTED },
    li: { class: /^task$/, id: /^fn-[\w-]+-\d+$/ },
    th: { class: ALIGN, ...DIRECTED },
    td: { class: ALIGN, ...DIRECTED },
    table: { class: /^(?:long|wide)$/ },
    thead: { class: /^hidden$/ },
    tbody: {},
    col: { width: /^\d{1,3}%$/ },
    sup: { class: /^footnote$/ },
    section: { class: /^footnotes$/, ...DIRECTED },
    a: { href: /^/, title: /^/, "aria-label": /^/, target: /^_blank$/, rel: /^noopener noreferrer$/, class: /^(?:picture|footnote__back|joined)$/, id: /^fnref-[\w-]+-\d+(?::\d+)?$/ },
    img: { src: /^data:image\/(?:png|jpeg|gif|webp);base64,/i, alt: /^/ },
    input: { type: /^checkbox$/, disabled: /^$/, checked: /^$/, "aria-label": /^/ },
    div: { class: /^(?:part(?: part--wider?| part--goes-on)?(?: part--past)?|table|math math--display(?: math--growing)?(?: math--source)?|diagram__place)$/, title: /^/, hidden: /^$/, ...SCROLLED, ...DIRECTED, ...AS_IT_IS },
    span: { class: /^(?:picture|math(?: math--display)?(?: math--growing)?(?: math--source)?|code__[a-z]+|code__part code__part--past|diagram__reason)$/, title: /^/, ...SCROLLED, ...AS_IT_IS },
    figure: { class: /^code(?: diagram)?(?: code--wrapped)?$/, "data-testid": /^(?:code-block|diagram)$/, "aria-label": /^/, "data-state": /^[a-z]+$/, ...AS_IT_IS },
    figcaption: { class: /^code__caption$/ },
    pre: { class: /^code__scroller$/, hidden: /^$/, ...SCROLLED },
    code: { class: /^(?:code__text|joined)$/ },
    button: { type: /^button$/, class: /^code__button(?: code__button--wrap)?$/, "data-testid": /^(?:code-wrap|code-copy|diagram-source|diagram-enlarge)$/, "aria-pressed": /^(?:true|false)$/, disabled: /^$/ },
    svg: ICON,
    path: { d: /^[\w\s.,-]+$/ },
    iframe: { class: /^diagram__frame$/, tabindex: /^-1$/, title: /^/, sandbox: /^allow-scripts$/, referrerpolicy: /^no-referrer$/, src: /^\/diagram(?:\/\w+)?$/, style: /^--width: ?\d+; ?--height: ?\d+;$/ },
  }
  /** The buttons below a table. */
  const TOOLS = {
    slot: {},
    div: { class: /^tools$/ },
    button: { type: /^button$/, "data-testid": /^copy(?:Csv|Markdown)$/, "aria-label": /^/, title: /^/ },
    span: {},
    svg: ICON,
    path: ALLOWED.path,
  }
  const PROBLEM = { class: /^diagram__problem$/, hidden: /^$/ }
  /** What the typesetter draws with. */
  const TYPESET = new Set(`span svg path line math semantics annotation mrow mi mn mo ms mtext mspace msup msub msubsup mfrac
    msqrt mroot mover munder munderover mtable mtr mtd mlabeledtr mstyle mpadded mphantom menclose mglyph`.split(/\s+/))
  const TYPESET_ATTRIBUTES = /^(?:class|style|aria-hidden|xmlns|encoding|width|height|viewBox|preserveAspectRatio|d|[xy][12]|stroke-width|stroke|mathvariant|mathcolor|mathbackground|mathsize|stretchy|fence|separator|lspace|rspace|minsize|maxsize|accent|accentunder|displaystyle|scriptlevel|linethickness|columnalign|columnspacing|columnlines|rowspacing|rowlines|rowalign|notation|depth|voffset|movablelimits|symmetric|form|linebreak|title|display|side|largeop|id|columnwidth)$/
  /** Where lit-html puts what may change. */
  const MARKER = /^(?:\?(?:lit\$\d+\$)?)?$/
  const SCHEMES = new Set(["http:", "https:", "mailto:", "tel:"])

  function* problemsIn(root) {
    for (const element of root.querySelectorAll("*")) {
      const name = element.localName
      const typeset = element.closest(".math > :is(.katex, .katex-display)")
      if (element.shadowRoot) yield* problemsOfShadow(element, name)
      if (typeset) yield* problemsOfTypeset(element, name)
      else yield* problemsOf(element, name)
    }
    for (const { data, parentElement } of comments(root)) {
      if (!MARKER.test(data) || !parentElement.closest("figure")) yield `a comment: ${data}`
    }
  }

  /** Below every table there are the same buttons: nothing of its text is among them. */
  function* problemsOfShadow({ className, shadowRoot }, name) {
    if (name !== "div" || className !== "table") return yield `a shadow under ${name} ${className}`
    const words = shadowRoot.textContent.replace(/\s/g, "")
    if (words !== "CSVMarkdown") yield `a shadow with ${words}`
    for (const element of shadowRoot.querySelectorAll("*")) yield* attributesOf(element, TOOLS[element.localName])
  }

  function* comments(root) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_COMMENT)
    while (walker.nextNode()) yield walker.currentNode
  }

  function* problemsOfTypeset(element, name) {
    if (!TYPESET.has(name)) yield `<${name}> in a formula`
    for (const { name: attribute, value } of element.attributes) {
      if (!TYPESET_ATTRIBUTES.test(attribute) || attribute === "id") yield `${name} ${attribute}="${value}" in a formula`
      else if (attribute === "style" && /url|expression|image|position:\s*fixed/i.test(value)) yield `style ${value}`
    }
  }

  function* problemsOf(element, name) {
    const allowed = name === "p" && element.parentElement.localName === "figure" ? PROBLEM : ALLOWED[name]
    yield* attributesOf(element, allowed)
    if (!allowed) return
    if (name === "a") yield* problemsOfLink(element)
    if (name === "iframe" && !element.hasAttribute("sandbox")) yield "a frame without a sandbox"
  }

  function* attributesOf(element, allowed) {
    const { localName } = element
    if (!allowed) return yield `<${localName}>`
    for (const { name, value } of element.attributes) {
      if (!allowed[name]?.test(value)) yield `${localName} ${name}="${value}"`
    }
  }

  function* problemsOfLink(link) {
    const href = link.getAttribute("href")
    if (/^#fn(?:ref)?-[\w-]+-\d+(?::\d+)?$/.test(href)) return
    if (!SCHEMES.has(link.protocol)) yield `a link to ${href}`
    if (!/^(?:https?:\/\/|mailto:|tel:)/i.test(href)) yield `a relative link to ${href}`
    if (link.target !== "_blank" || link.rel !== "noopener noreferrer") yield `a link that tells from where: ${href}`
    if (/^https?:$/.test(link.protocol) && link.classList.contains("picture") && !link.textContent.includes(link.host)) {
      yield `a picture's link that hides its host: ${href}`
    }
  }

  const host = document.createElement("div")
  host.className = "body"
  document.body.append(host)
  const changes = []
  /** What the page's own helpers put beside the text: the typesetter's styles, where diagrams are drawn, a probe for colours. */
  const OWN = "link[href$='/katex.min.css'], iframe[sandbox='allow-scripts'][src^='/diagram/'], span[hidden]:empty"
  const isOwn = (node) => node.matches?.(OWN)
  /** Where the page says how its connection is. */
  const isLive = (node) => (node.closest ? node : node.parentElement)?.closest("[role='status']")
  new MutationObserver((records) => {
    for (const { target, type, addedNodes, removedNodes, attributeName, oldValue } of records) {
      const moved = [...addedNodes, ...removedNodes]
      if (host.contains(target) || !target.isConnected || isLive(target)) continue
      if (moved.length > 0 && moved.every(isOwn)) continue
      if (type === "attributes" && target.getAttribute(attributeName) === oldValue) continue
      changes.push(`${type} ${attributeName ?? ""} of ${target.nodeName} ${target.className ?? ""}: ${moved.map((node) => node.nodeName)}`)
    }
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeOldValue: true, characterData: true })
  const before = { href: location.href, title: document.title, globals: new Set(Object.getOwnPropertyNames(window)) }

  function* problemsAround() {
    if (location.href !== before.href) yield `the page went to ${location.href}`
    if (document.title !== before.title) yield `the title became ${document.title}`
    for (const name of Object.getOwnPropertyNames(window)) if (!before.globals.has(name) && !/^\d+$/.test(name)) yield `window.${name}`
    if (({}).polluted !== undefined || Object.keys(Object.prototype).length > 0) yield "Object.prototype"
    yield* changes.splice(0)
  }

  const context = { t: (key) => key, clipboard: null, announce: () => {} }
  const breathe = () => new Promise((resolve) => { setTimeout(resolve) })

  /** Render a text that comes in these pieces. */
  function shown(pieces, look) {
    const element = host.appendChild(document.createElement("div"))
    const rendering = new Rendering({ element, context, docId: DOC })
    let text = ""
    for (const piece of pieces) {
      text += piece
      rendering.extend(text)
      if (pieces.length === 1) continue
      rendering.flush()
      look(element)
    }
    rendering.finish()
    return { element, settled: rendering.settled }
  }

  return {
    /** Render all these lists of pieces, some together; return what was wrong: [[which, what]]. */
    async run(jobs, together = 32) {
      const problems = []
      host.replaceChildren()
      for (let from = 0; from < jobs.length; from += together) {
        const looks = []
        for (const [at, pieces] of jobs.slice(from, from + together).entries()) {
          const look = (element) => { for (const what of problemsIn(element)) problems.push([from + at, what]) }
          const { element, settled } = shown(pieces, look)
          looks.push(settled.then(() => look(element)))
        }
        await Promise.all(looks)
        await breathe()
        host.replaceChildren()
        await breathe()
        for (const what of problemsAround()) problems.push([from, what])
        if (problems.length > 40) break
      }
      return problems
    },

    /** Let texts stream in as the page does it, all at a time; return what was wrong: [[which, what]]. */
    async stream(texts) {
      const problems = await Promise.all(texts.map((text) => this.streamed(text)))
      await breathe()
      const around = Array.from(problemsAround(), (what) => [0, what])
      return [...around, ...problems.flatMap((ones, which) => ones.map((what) => [which, what]))]
    },

    /** Let a text stream in for as long as it takes to see some of it; then it ends. */
    async streamed(text) {
      const element = host.appendChild(document.createElement("div"))
      const rendering = new Rendering({ element, context, docId: DOC })
      rendering.extend(text)
      for (let frames = 0; frames < 4; frames += 1) await new Promise((resolve) => { requestAnimationFrame(resolve) })
      const problems = [...problemsIn(element)]
      rendering.finish()
      await rendering.settled
      problems.push(...problemsIn(element))
      element.remove()
      return problems.slice(0, 5)
    },

    /** What one reads of a text, and which pictures one sees. */
    async shown(text) {
      const { element, settled } = shown([text])
      await settled
      return { text: element.textContent, images: Array.from(element.querySelectorAll("img"), ({ src }) => src) }
    },

    /** What is wrong with an element of the page itself. */
    look: (element) => [...problemsIn(element)],

    /** The words behind a fence that would fetch something else than a grammar. */
    languages: (words) => words.filter((word) => {
      const { grammar, label } = languageOf(word)
      return typeof label !== "string" || label.length > 40 || (grammar !== null && !GRAMMAR_NAMES.includes(grammar))
    }),
  }
}
