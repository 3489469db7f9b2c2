export default function plugin(md: Markdown.Parser): void
