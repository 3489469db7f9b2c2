import { html, svg } from "./lit.js"

const draw = (d) => html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${svg`<path d=${d} />`}</svg>`

export const icons = {
  plus: draw("M12 5v14M5 12h14"),
  menu: draw("M4 7h16M4 12h16M4 17h16"),
  more: draw("M5 12h.01M12 12h.01M19 12h.01"),
  close: draw("M6 6l12 12M18 6L6 18"),
  copy: draw("M9 9h11v11H9zM5 15H4V4h11v1"),
  edit: draw("M4 20l1-4L16 5l3 3L8 19zM14 7l3 3"),
  again: draw("M20 11a8 8 0 1 0-2.3 6.6M20 5v6h-6"),
  onward: draw("M5 5v14l7-7zM12 5v14l7-7z"),
  previous: draw("M14 6l-6 6 6 6"),
  next: draw("M10 6l6 6-6 6"),
  down: draw("M12 5v14M6 13l6 6 6-6"),
  send: draw("M12 19V5M6 11l6-6 6 6"),
  stop: draw("M7 7h10v10H7z"),
  check: draw("M5 12l5 5 9-10"),
  pin: draw("M9 4h6l-1 6 4 4H6l4-4zM12 14v6"),
  archive: draw("M4 5h16v4H4zM5 9h14v10H5zM10 13h4"),
  trash: draw("M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13"),
}
