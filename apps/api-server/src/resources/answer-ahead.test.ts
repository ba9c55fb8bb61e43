import { builtinCatalogue, builtinSchemas, type ResourceEntry, resourceVersionAt } from '@kubets/api-types'
import { expect, it } from 'vitest'
import { AnswerAhead } from './answer-ahead.ts'

const entry = (): ResourceEntry => ({ ...(builtinCatalogue.entries[0] as ResourceEntry) })
const turn = () => new Promise(resolve => setImmediate(resolve))
/** An answer that is its revision only. */
const digitsOnly = (revision: number) => ({ bytes: Buffer.from(`<${revision}>`), at: 1 })

it('is there when the revision has as many digits as the last one', async () => {
  const kind = entry()
  // nothing is known of the first one
  const told: (string | undefined)[] = []
  for (const revision of [42, 43, 99, 100, 101, 7, 8]) {
    const answer = new AnswerAhead(kind, digitsOnly)
    await turn()
    told.push(answer.take(revision)?.toString())
  }
  expect(told).toEqual([undefined, '<43>', '<99>', undefined, '<101>', undefined, '<8>'])
})

it('is not there before its turn came, when it cannot be made, or when it was dropped', async () => {
  const kind = entry()
  new AnswerAhead(kind, digitsOnly).take(10)
  const early = new AnswerAhead(kind, digitsOnly)
  expect(early.take(11)).toBeUndefined()
  let made = 0
  const dropped = new AnswerAhead(kind, revision => {
    made++
    return digitsOnly(revision)
  })
  dropped.drop()
  const unable = new AnswerAhead(kind, () => undefined)
  const failed = new AnswerAhead(kind, () => {
    throw new Error('not now')
  })
  const good = new AnswerAhead(kind, digitsOnly)
  await turn()
  expect([dropped, unable, failed, good].map(answer => answer.take(12)?.toString())).toEqual([
    undefined,
    undefined,
    undefined,
    '<12>',
  ])
  expect(made).toBe(0)
})

it('is made for many, some in each turn', async () => {
  const kind = entry()
  new AnswerAhead(kind, digitsOnly).take(100)
  let made = 0
  const many = Array.from(
    { length: 100 },
    () =>
      new AnswerAhead(kind, revision => {
        made++
        return digitsOnly(revision)
      }),
  )
  await turn()
  expect(made).toBeGreaterThan(0)
  expect(made).toBeLessThan(100)
  while (made < 100) await turn()
  expect(many.every((answer, i) => answer.take(200 + i)?.toString() === `<${200 + i}>`)).toBe(true)
})

it('finds the resourceVersion of a sealed object, of every kind that is stored', () => {
  for (const { schema, kind } of builtinCatalogue.entries.filter(({ stored }) => stored)) {
    // texts in front of it that look like it
    const metadata = { name: 'a', namespace: '2\u0003', uid: '3222', resourceVersion: '12345', labels: { a: '12345' } }
    const sealed = builtinSchemas.get(schema).sealProtobuf({ metadata }, 'v1', kind)
    const at = resourceVersionAt(sealed) ?? 0
    sealed.write('67890', at, 'latin1')
    const again = builtinSchemas
      .get(schema)
      .sealProtobuf({ metadata: { ...metadata, resourceVersion: '67890' } }, 'v1', kind)
    expect(sealed.equals(again), kind).toBe(true)
  }
  const without = builtinSchemas.get('io.k8s.api.core.v1.ConfigMap').sealProtobuf({}, 'v1', 'ConfigMap')
  expect(resourceVersionAt(without)).toBeUndefined()
})
