import type { PodSpec } from '@kubets/api-types'
import { quantityIn } from './quantity.ts'

/** What a pod asks for. CPU in thousandths, the rest in bytes or pieces. */
export interface Requests {
  readonly cpu: number
  readonly memory: number
  readonly ephemeralStorage: number
  /** Extended and huge-page resources. */
  readonly scalars: ReadonlyMap<string, number>
  /** For spreading: containers that ask for nothing count as 100m and 200 MiB. */
  readonly nonZeroCpu: number
  readonly nonZeroMemory: number
}

const DEFAULT_CPU = 100
const DEFAULT_MEMORY = 200 * 1024 * 1024

type Amounts = Map<string, number>
type Quantities = Record<string, string> | undefined

/**
 * The larger of what the containers need together and what any init container needs while it runs; sidecars (init
 * containers that always restart) count from their place on. Pod-level requests, where set, replace the sum.
 */
export function podRequests(spec: PodSpec): Requests {
  const exact = total(spec, false)
  const nonZero = total(spec, true)
  const scalars = new Map(exact)
  for (const name of ['cpu', 'memory', 'ephemeral-storage']) scalars.delete(name)
  return {
    cpu: exact.get('cpu') ?? 0,
    memory: exact.get('memory') ?? 0,
    ephemeralStorage: exact.get('ephemeral-storage') ?? 0,
    scalars,
    nonZeroCpu: nonZero.get('cpu') ?? 0,
    nonZeroMemory: nonZero.get('memory') ?? 0,
  }
}

function total(spec: PodSpec, withDefaults: boolean): Amounts {
  const of = (requests: Quantities) => {
    const amounts = parse(requests)
    if (withDefaults) {
      if (!amounts.has('cpu')) amounts.set('cpu', DEFAULT_CPU)
      if (!amounts.has('memory')) amounts.set('memory', DEFAULT_MEMORY)
    }
    return amounts
  }
  const sum: Amounts = new Map()
  for (const container of spec.containers) add(sum, of(container.resources?.requests))
  const sidecars: Amounts = new Map()
  const peak: Amounts = new Map()
  for (const container of spec.initContainers ?? []) {
    const own = of(container.resources?.requests)
    if (container.restartPolicy === 'Always') {
      add(sum, own)
      add(sidecars, own)
      raise(peak, sidecars)
    } else {
      add(own, sidecars)
      raise(peak, own)
    }
  }
  raise(sum, peak)
  for (const [name, amount] of parse(spec.resources?.requests)) sum.set(name, amount)
  add(sum, parse(spec.overhead))
  return sum
}

function parse(requests: Quantities): Amounts {
  const amounts: Amounts = new Map()
  for (const [name, text] of Object.entries(requests ?? {}))
    amounts.set(name, quantityIn(text, name === 'cpu' ? 0.001 : 1))
  return amounts
}

function add(to: Amounts, from: Amounts): void {
  for (const [name, amount] of from) to.set(name, (to.get(name) ?? 0) + amount)
}

function raise(to: Amounts, from: Amounts): void {
  for (const [name, amount] of from) to.set(name, Math.max(to.get(name) ?? 0, amount))
}
