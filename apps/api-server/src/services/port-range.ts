/** An inclusive range of ports, `30000-32767`. */
export interface PortRange {
  readonly text: string
  readonly first: number
  readonly size: number
  /** The lower band, `[first, first + band)`, is left to ports that Services ask for; others come from above (KEP-3668). */
  readonly band: number
}

const band = { min: 16, max: 128, step: 32 }

/** @throws Error on what is no range. */
export function parsePortRange(text: string): PortRange {
  const match = /^(\d+)-(\d+)$/.exec(text)
  const first = Number(match?.[1])
  const last = Number(match?.[2])
  if (match === null || first < 1 || last > 65_535 || first > last) {
    throw new Error(`invalid service node port range ${JSON.stringify(text)}: must be like 30000-32767`)
  }
  const size = last - first + 1
  const share = Math.min(Math.max(Math.floor(size / band.step), band.min), band.max)
  return { text: `${first}-${last}`, first, size, band: size <= band.min ? 0 : share }
}
