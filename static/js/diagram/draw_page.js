/** The script of the sandboxed page that draws: takes a Source, posts {markup} or {reason}. */
import mermaid from "../../vendor/mermaid-12.3.0/dist/mermaid.esm.min.mjs"

/** @import { Look } from "./colours.js" */
/** @import { Source } from "./diagram_renderer.js" */

const MAX_CHARACTERS = 50_000
const postToParent = (message) => parent.postMessage(message, location.origin)
let round = 0

// Some diagrams fill the available width: use that of the text, on phones too.
document.body.style.inlineSize = "44rem"
addEventListener("message", ({ source, data }) => {
  if (source === parent) draw(data)
})
postToParent({ ready: true })

/** @param {Source} diagram */
async function draw({ source, ...look }) {
  document.documentElement.style.colorScheme = look.dark ? "dark" : "light"
  mermaid.initialize(mermaidSettings(look))
  try {
    round += 1
    const { svg } = await mermaid.render(`diagram-${round}`, source)
    postToParent({ markup: svg })
  } catch (error) {
    postToParent({ reason: error?.message || String(error) })
  }
}

/** @param {Look} look */
function mermaidSettings({ colours, series, font, dark }) {
  return {
    startOnLoad: false,
    securityLevel: "strict",
    suppressErrorRendering: true,
    deterministicIds: true,
    maxTextSize: MAX_CHARACTERS,
    fontFamily: font,
    gantt: { axisFormat: "%m-%d" },
    look: "classic",
    theme: "base",
    themeVariables: {
      darkMode: dark,
      fontFamily: font,
      fontSize: "15px",
      background: colours.paper,
      mainBkg: colours["accent-soft"],
      primaryColor: colours["accent-soft"],
      primaryTextColor: colours.text,
      primaryBorderColor: colours.accent,
      secondaryColor: colours.sunken,
      secondaryTextColor: colours.text,
      secondaryBorderColor: colours.edge,
      tertiaryColor: colours.paper,
      tertiaryTextColor: colours.text,
      tertiaryBorderColor: colours.edge,
      lineColor: colours.quiet,
      textColor: colours.text,
      titleColor: colours.text,
      edgeLabelBackground: colours.code,
      noteBkgColor: colours.mark,
      noteTextColor: colours.text,
      noteBorderColor: colours.edge,
      clusterBkg: colours.sunken,
      clusterBorder: colours.line,
      pieStrokeColor: colours.paper,
      pieStrokeWidth: "1px",
      pieOuterStrokeWidth: "0",
      pieOpacity: "1",
      pieSectionTextColor: colours.paper,
      ...seriesColours(series, colours),
    },
  }
}

/** Distinguishable colours for slices, branches and periods. */
/**
 * @param {string[]} series
 * @param {Record<string, string>} colours
 */
function seriesColours(series, { paper, quiet }) {
  const colours = {}
  for (let n = 0; n < 12; n += 1) {
    const colour = series[n % series.length]
    Object.assign(colours, { [`pie${n + 1}`]: colour, [`cScale${n}`]: colour, [`git${n}`]: colour })
    Object.assign(colours, { [`cScaleLabel${n}`]: paper, [`gitBranchLabel${n}`]: paper, [`cScaleInv${n}`]: quiet })
  }
  return colours
}
