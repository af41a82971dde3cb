// Quantities as people read them. Pure.

/** `1,234,567` */
export function count(value: number): string {
  return value.toLocaleString('en-US')
}

/** `8.4 ms`, `340 ms`, `2.4 s`, `3 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(ms: number): string {
  if (ms < 9.95) return `${Number(ms.toFixed(1))} ms`
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 99_950) return `${Number((ms / 1000).toFixed(1))} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 3600) return join([Math.floor(seconds / 60), 'min'], [seconds % 60, 's'])
  const minutes = Math.round(seconds / 60)
  if (minutes < 1440) return join([Math.floor(minutes / 60), 'h'], [minutes % 60, 'min'])
  const hours = Math.round(minutes / 60)
  return join([Math.floor(hours / 24), 'd'], [hours % 24, 'h'])
}

function join(major: readonly [number, string], minor: readonly [number, string]): string {
  return minor[0] === 0 ? `${major[0]} ${major[1]}` : `${major[0]} ${major[1]} ${minor[0]} ${minor[1]}`
}

/** `120 B`, `1.2 kB`, `21 kB`, `1.5 MB`; powers of ten. */
export function bytes(value: number): string {
  if (value < 1000) return `${value} B`
  for (const [unit, size] of [
    ['kB', 1e3],
    ['MB', 1e6]
  ] as const) {
    const scaled = value / size
    if (scaled < 999.5) return `${scaled < 9.95 ? scaled.toFixed(1) : Math.round(scaled)} ${unit}`
  }
  return `${(value / 1e9).toFixed(1)} GB`
}

/** The end of a peer id: all of them begin alike. */
export function shortPeer(peer: string): string {
  return peer.length <= 8 ? peer : `…${peer.slice(-6)}`
}

/** A development account's name, or the first digits of the address. */
export function who(address: string, name: string | undefined): string {
  return name ?? `${address.slice(0, 8)}…`
}

/** `1 block`, `2 blocks` */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`
}

/** Time of day of a moment (ms since the epoch), local, to the second. */
export function timeOfDay(at: number): string {
  return new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' }).format(at)
}
