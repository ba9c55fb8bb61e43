/** Longer texts are quoted natively: there the call costs less than the loop. */
const maxLooped = 48

/** `JSON.stringify` of a string, faster for what most are: short, and nothing in them to escape. Other values are left to it as well. */
export function quote(value: unknown): string {
  if (typeof value !== 'string' || value.length > maxLooped) return JSON.stringify(value)
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i)
    if (unit < 0x20 || unit > 0x7e || unit === 0x22 || unit === 0x5c) return JSON.stringify(value)
  }
  return `"${value}"`
}
