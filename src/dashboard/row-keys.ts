// A row of many buttons is one stop of the Tab key, at its newest; left and right go along it.

/** For the row's `onKeyDown`. The keys that mean something else on the rest of the page end here. */
export function stepAlong(event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void {
  if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return
  const buttons = [...event.currentTarget.querySelectorAll('button')]
  const from = buttons.indexOf(document.activeElement as HTMLButtonElement)
  if (from < 0) return
  event.preventDefault()
  event.stopPropagation()
  buttons[from + (event.key === 'ArrowLeft' ? -1 : 1)]?.focus()
}
