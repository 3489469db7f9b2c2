/** The only module that names the version of the view library. */

export { repeat } from "../../vendor/lit-html-3.3.3/directives/repeat.js"
export { html, nothing, render, svg } from "../../vendor/lit-html-3.3.3/lit-html.js"
