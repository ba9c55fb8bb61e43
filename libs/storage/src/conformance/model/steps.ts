import fc from 'fast-check'

/** What can be done in the company of others. Keys and leases are numbers, taken modulo what there is. */
export type Operation =
  /** `stale`: the writer has not seen the newest version. */
  | { do: 'put'; key: number; size: number; stale: boolean; lease: number | undefined }
  | { do: 'delete'; key: number; stale: boolean }
  | { do: 'create all'; keys: number[] }
  | { do: 'get'; key: number }
  | { do: 'range'; from: number; to: number; limit: number; countOnly: boolean }
  | { do: 'compact'; back: number }

export type Step =
  | Operation
  | { do: 'at once'; operations: Operation[] }
  | { do: 'range in the past'; back: number; from: number; to: number; limit: number }
  | { do: 'watch'; back: number; from: number; to: number }
  | { do: 'grant a lease' }
  | { do: 'revoke a lease'; lease: number }
  | { do: 'reopen' }

const key = fc.nat(6)
const is = <const T extends string>(what: T) => fc.constant(what)

const put = fc.record({
  do: is('put'),
  key,
  size: fc.oneof({ weight: 9, arbitrary: fc.nat(1_500) }, { weight: 1, arbitrary: fc.nat(20_000) }),
  stale: fc.boolean(),
  lease: fc.option(fc.nat(3), { nil: undefined, freq: 3 }),
})
const remove = fc.record({ do: is('delete'), key, stale: fc.boolean() })
const createAll = fc.record({ do: is('create all'), keys: fc.uniqueArray(key, { minLength: 1, maxLength: 4 }) })
const get = fc.record({ do: is('get'), key })
const range = fc.record({ do: is('range'), from: key, to: key, limit: fc.nat(4), countOnly: fc.boolean() })
const compact = fc.record({ do: is('compact'), back: fc.nat(6) })

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 6, arbitrary: put },
  { weight: 3, arbitrary: remove },
  { weight: 2, arbitrary: createAll },
  { weight: 1, arbitrary: get },
  { weight: 1, arbitrary: range },
  { weight: 1, arbitrary: compact },
)

/** Histories of up to `length` steps. */
export function histories(length: number, options: { reopen: boolean }): fc.Arbitrary<Step[]> {
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 12, arbitrary: operation },
    {
      weight: 6,
      arbitrary: fc.record({ do: is('at once'), operations: fc.array(operation, { minLength: 2, maxLength: 6 }) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ do: is('range in the past'), back: fc.nat(12), from: key, to: key, limit: fc.nat(4) }),
    },
    { weight: 3, arbitrary: fc.record({ do: is('watch'), back: fc.nat(12), from: key, to: key }) },
    { weight: 1, arbitrary: fc.record({ do: is('grant a lease') }) },
    { weight: 1, arbitrary: fc.record({ do: is('revoke a lease'), lease: fc.nat(3) }) },
    ...(options.reopen ? [{ weight: 1, arbitrary: fc.record({ do: is('reopen') }) }] : []),
  )
  return fc.array(step, { minLength: 3, maxLength: length })
}
