// The frame of every page: no script, nothing from anywhere else, one style.
import { STYLE } from './html-style.ts'
import { html, Markup } from './markup.ts'

export function page(title: string, body: Markup): string {
  const text = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the figures</a>
<main id="main" tabindex="-1">
${body}
</main>
</body>
</html>
`
  return text.text
}
