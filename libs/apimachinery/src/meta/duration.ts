const seconds = (ms: number) => Math.trunc(ms / 1000)

/** Two or three significant figures, as `kubectl get` prints ages: `5s`, `2m3s`, `3h4m`, `5d`. Takes milliseconds. */
export function humanDuration(ms: number): string {
  return recorded === undefined ? printDuration(ms) : `${recordOpen}${recorded.push(ms) - 1}${recordClose}`
}

/** Stand around the number of a recorded duration: characters that no text of Kubernetes' own has. */
export const recordOpen = '\u{E000}'
export const recordClose = '\u{E001}'

let recorded: number[] | undefined

/**
 * What `print` gives when each {@link humanDuration} in it only leaves its number, between {@link recordOpen} and {@link recordClose}, and the
 * durations by that number: so that a text with ages can be kept and its ages be printed later. `print` must not wait.
 */
export function recordDurations<T>(print: () => T): { value: T; durations: readonly number[] } {
  const durations: number[] = []
  recorded = durations
  try {
    return { value: print(), durations }
  } finally {
    recorded = undefined
  }
}

function printDuration(ms: number): string {
  const s = seconds(ms)
  if (s < -1) return '<invalid>'
  if (s < 0) return '0s'
  if (s < 120) return `${s}s`
  const minutes = Math.trunc(s / 60)
  if (minutes < 10) return pair(minutes, 'm', s % 60, 's')
  if (minutes < 180) return `${minutes}m`
  const hours = Math.trunc(minutes / 60)
  if (hours < 8) return pair(hours, 'h', minutes % 60, 'm')
  if (hours < 48) return `${hours}h`
  const days = Math.trunc(hours / 24)
  if (hours < 192) return pair(days, 'd', hours % 24, 'h')
  if (days < 730) return `${days}d`
  const years = Math.trunc(days / 365)
  return years < 8 ? pair(years, 'y', days % 365, 'd') : `${years}y`
}

function pair(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big}${bigUnit}` : `${big}${bigUnit}${small}${smallUnit}`
}

/** One figure: `5s`, `3m`, `4h`, `5d`. Takes milliseconds. */
export function shortHumanDuration(ms: number): string {
  const s = seconds(ms)
  if (s < -1) return '<invalid>'
  if (s < 0) return '0s'
  if (s < 60) return `${s}s`
  if (s < 3600) return `${Math.trunc(s / 60)}m`
  const hours = Math.trunc(s / 3600)
  if (hours < 24) return `${hours}h`
  return hours < 24 * 365 ? `${Math.trunc(hours / 24)}d` : `${Math.trunc(hours / 24 / 365)}y`
}

/** How long ago a wire timestamp was; `<unknown>` when it is not set. */
export function ageSince(timestamp: string | null | undefined, now: number): string {
  if (!timestamp) return '<unknown>'
  const at = Date.parse(timestamp)
  return Number.isNaN(at) ? '<unknown>' : humanDuration(now - at)
}
