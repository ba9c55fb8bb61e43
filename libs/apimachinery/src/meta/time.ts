/** RFC 3339 in UTC with whole seconds: metav1.Time on the wire. Takes milliseconds. */
export function formatTime(ms: number): string {
  const second = Math.floor(ms / 1000)
  // a write asks several times for the same second, and so do those that come with it
  if (second !== lastSecond) {
    lastTime = `${new Date(ms).toISOString().slice(0, 19)}Z`
    lastSecond = second
  }
  return lastTime
}

let lastSecond = Number.NaN
let lastTime = ''

/** RFC 3339 in UTC with six decimals: metav1.MicroTime on the wire. Takes milliseconds, which may have a fraction. */
export function formatMicroTime(ms: number): string {
  const micros = Math.floor((ms - Math.floor(ms)) * 1000)
  return `${new Date(Math.floor(ms)).toISOString().slice(0, 23)}${String(micros).padStart(3, '0')}Z`
}
