import type { ImagePolicy } from './contract.ts'
import { type Document, integer, object, text } from './document.ts'

interface Range {
  /** Milliseconds of one unit of the file. */
  readonly unit: number
  readonly least: number
  readonly most: number
  readonly byDefault: number
  readonly bounds: string
}

const seconds = (byDefault: number): Range => ({
  unit: 1_000,
  least: 1_000,
  most: 1_800_000,
  byDefault,
  bounds: '1s and 30m0s',
})
const backoff: Range = { unit: 1, least: 0.000_001, most: 300_000, byDefault: 500, bounds: '1ns and 5m0s' }

/** This plugin's form has no version, and members that it does not know mean nothing. @throws Error with upstream's texts. */
export function readImagePolicy(document: Document): ImagePolicy {
  const policy = object(document.imagePolicy ?? {}, 'imagePolicy')
  return {
    retryBackoff: duration(policy, 'retryBackoff', backoff),
    allowTtl: duration(policy, 'allowTTL', seconds(300_000)),
    denyTtl: duration(policy, 'denyTTL', seconds(30_000)),
    defaultAllow: policy.defaultAllow === true,
    kubeConfigFile: text(policy.kubeConfigFile, 'imagePolicy.kubeConfigFile'),
  }
}

/** -1 is none at all, 0 the default. */
function duration(policy: Document, name: string, { unit, least, most, byDefault, bounds }: Range): number {
  const value = integer(policy[name], `imagePolicy.${name}`)
  if (value === -1) return 0
  if (value === 0) return byDefault
  const ms = value * unit
  if (ms < least || ms > most) throw new Error(`valid value is between ${bounds}, got ${goDuration(ms)}`)
  return ms
}

/** As Go prints it: `1h0m1s`, `1.5s`, `10ms`. */
function goDuration(ms: number): string {
  const [sign, size] = [ms < 0 ? '-' : '', Math.abs(ms)]
  if (size < 1_000) return `${sign}${size}ms`
  const minutes = Math.floor(size / 60_000)
  const rest = `${(size % 60_000) / 1_000}s`
  if (minutes === 0) return sign + rest
  return sign + (minutes < 60 ? `${minutes}m${rest}` : `${Math.floor(minutes / 60)}h${minutes % 60}m${rest}`)
}
