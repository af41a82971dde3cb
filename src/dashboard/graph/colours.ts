// The page's colours as a canvas takes them: read from the style sheet, again whenever the theme changes.

const NAMES = [
  'card',
  'ink',
  'muted',
  'line',
  'faint',
  'blue',
  'orange',
  'purple',
  'green',
  'red',
  'amber',
  'teal'
] as const

export type Colours = Readonly<Record<(typeof NAMES)[number], string>>

export function coloursOf(element: HTMLElement): Colours {
  const probe = document.createElement('span')
  element.append(probe)
  const read = (name: string): string => {
    probe.style.color = `var(--${name})`
    return getComputedStyle(probe).color
  }
  const colours = Object.fromEntries(NAMES.map((name) => [name, read(name)])) as Record<(typeof NAMES)[number], string>
  probe.remove()
  return colours
}

/** Calls `onChange` when the theme changes, until the returned function is called. */
export function watchTheme(onChange: () => void): () => void {
  const media = matchMedia('(prefers-color-scheme: dark)')
  media.addEventListener('change', onChange)
  const observer = new MutationObserver(onChange)
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] })
  return () => {
    media.removeEventListener('change', onChange)
    observer.disconnect()
  }
}

/** Branches other than the leading one, in their order. */
export function forkColour(colours: Colours, fork: number): string {
  return [colours.orange, colours.purple, colours.teal, colours.red][fork % 4] ?? colours.orange
}
