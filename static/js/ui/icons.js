import { html, svg } from "./lit.js"

const draw = (d) =>
  html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${svg`<path d=${d} />`}</svg>`

export const icons = {
  plus: draw("M12 5v14M5 12h14"),
  menu: draw("M4 7h16M4 12h16M4 17h16"),
  more: draw("M5 12h.01M12 12h.01M19 12h.01"),
  search: draw("M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5L20 20"),
  export: draw("M12 4v11M7 10l5 5 5-5M5 20h14"),
  import: draw("M12 15V4M7 9l5-5 5 5M5 20h14"),
  connect: draw("M4 5h16v11H4zM9 20h6M12 16v4"),
  join: draw("M10 8l4 4-4 4M14 12H4M12 4h8v16h-8"),
  forget: draw("M4 16l9-10 6 5-8 9H7zM10 10l6 5"),
  close: draw("M6 6l12 12M18 6L6 18"),
  copy: draw("M9 9h11v11H9zM5 15H4V4h11v1"),
  wrap: draw("M4 6h16M4 12h12.5a3 3 0 0 1 0 6H12M14.5 15.5L12 18l2.5 2.5M4 18h4"),
  brackets: draw("M8 7l-5 5 5 5M16 7l5 5-5 5"),
  edit: draw("M4 20l1-4L16 5l3 3L8 19zM14 7l3 3"),
  again: draw("M20 11a8 8 0 1 0-2.3 6.6M20 5v6h-6"),
  onward: draw("M5 5v14l7-7zM12 5v14l7-7z"),
  previous: draw("M14 6l-6 6 6 6"),
  next: draw("M10 6l6 6-6 6"),
  back: draw("M19 12H5M11 6l-6 6 6 6"),
  info: draw("M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 11v5M12 8h.01"),
  caret: draw("M8 10l4 4 4-4"),
  tuner: draw(
    "M4 8h9M19 8h1M16 5.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM4 16h1M11 16h9M8 13.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z",
  ),
  panel: draw("M4 5h16v14H4zM9.5 5v14"),
  keyboard: draw("M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M17 10h.01M8 14h8"),
  down: draw("M12 5v14M6 13l6 6 6-6"),
  send: draw("M12 19V5M6 11l6-6 6 6"),
  stop: draw("M7 7h10v10H7z"),
  clock: draw("M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4l3 2"),
  table: draw("M4 5h16v14H4zM4 10h16M4 14.5h16M10 5v14"),
  formula: draw("M18 8V5H6l6 7-6 7h12v-3"),
  check: draw("M5 12l5 5 9-10"),
  pin: draw("M9 4h6l-1 6 4 4H6l4-4zM12 14v6"),
  archive: draw("M4 5h16v4H4zM5 9h14v10H5zM10 13h4"),
  trash: draw("M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13"),
}
