import { builtinCatalogue } from '../catalogue/builtin.ts'
import type { ResourceEntry, StrategyContext } from '../catalogue/contract.ts'
import { loadCel } from '../kinds/validation/cel/library.ts'
import type { KubeObject } from '../wire.ts'

// what a request's way loads before it validates
await loadCel()

/** The moment of these tests: ten minutes after {@link created}. */
export const now = Date.parse('2024-01-01T00:10:00Z')
export const created = '2024-01-01T00:00:00Z'

type Loose = KubeObject & Record<string, unknown>

/** One kind through its entry, in the order of a request: defaults, conversion to the stored version, prepare, validate. */
export function entryUnderTest(group: string, version: string, kind: string) {
  const found = builtinCatalogue.byKind(group, version, kind)
  if (found === undefined) throw new Error(`no ${group}/${version} ${kind}`)
  const entry: ResourceEntry = found
  const { strategy } = entry.hub?.entry ?? entry

  /** As stored after a create, before validation. */
  function made(object: object, more: Partial<StrategyContext> = {}): Loose {
    const stored = received(object)
    strategy.prepareForCreate(stored, { subresource: 'create', now, requested: entry, ...more })
    return stored
  }

  /** What was sent, defaulted and in the stored version. */
  function received(object: object): Loose {
    const metadata = { name: 'a', ...(entry.namespaced ? { namespace: 'default' } : {}) }
    const given = structuredClone({ ...object, metadata: { ...metadata, ...(object as KubeObject).metadata } })
    entry.applyDefaults(given)
    return (entry.hub?.toHub(given) ?? given) as Loose
  }

  /** `field: message` of everything that is wrong with a new object. */
  function errors(object: object, more: Partial<StrategyContext> = {}): string[] {
    const context = { subresource: 'create', now, requested: entry, ...more }
    return strategy.validate(made(object, more), context).map(told)
  }

  /** What is stored when `after` is sent to a stored `before`. */
  function updated(
    before: object,
    after: object,
    more: Partial<StrategyContext> = {},
  ): [Loose, Loose, StrategyContext] {
    const context = { subresource: 'update', now, requested: entry, ...more }
    const old = received(before)
    const next = received(after)
    for (const { metadata } of [old, next]) if (metadata) metadata.resourceVersion ??= '1'
    strategy.prepareForUpdate(next, old, context)
    return [next, old, context]
  }

  function updateErrors(before: object, after: object, more: Partial<StrategyContext> = {}): string[] {
    return strategy.validateUpdate(...updated(before, after, more)).map(told)
  }

  const warnings = (object: object, old?: object): readonly string[] =>
    strategy.warnings?.(old ? received(object) : made(object), old && received(old)) ?? []

  const cells = (object: object) =>
    entry.cells({ metadata: { name: 'a', creationTimestamp: created }, ...object } as KubeObject, now)

  return { entry, made, received, errors, updated, updateErrors, warnings, cells }
}

const told = ({ field, message }: { field?: string; message?: string }) => `${field}: ${message}`
