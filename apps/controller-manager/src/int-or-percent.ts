export type IntOrPercent = number | string | undefined

/** `25%` of `total`, or the number itself. */
export function scaled(value: IntOrPercent, total: number, round: 'up' | 'down'): number {
  if (value === undefined) return 0
  if (typeof value === 'number') return value
  const percent = /^(\d+)%$/.exec(value)
  if (percent === null) throw new Error(`invalid value for IntOrString: invalid type: string is not a percentage`)
  const exact = (Number(percent[1]) * total) / 100
  return round === 'up' ? Math.ceil(exact) : Math.floor(exact)
}
