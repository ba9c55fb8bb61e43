import { builtinCatalogue, builtinSchemas, type KubeObject } from '@kubets/api-types'
import { ObjectGenerator } from '@kubets/api-types/testing'
import { expect, it } from 'vitest'
import { createCodec } from './codec.ts'
import { describeEntries } from './describe.ts'

const codec = createCodec(builtinSchemas)
const known = describeEntries(builtinCatalogue, codec)
const parsed = describeEntries(builtinCatalogue, { factsOf: () => undefined })
const stored = builtinCatalogue.entries.filter(entry => entry.stored && entry.hub === undefined)

it.each(stored.map(entry => [`${entry.group}/${entry.version} ${entry.kind}`, entry] as const))(
  '%s: what was noted when it was encoded is what its bytes say',
  (_, entry) => {
    for (let seed = 1; seed <= 5; seed++) {
      const object = new ObjectGenerator(builtinSchemas.message, seed).object(entry.schema) as KubeObject
      const bytes = codec.encode(entry, object)
      const key = `${entry.storagePrefix}a/b`
      expect(codec.factsOf(bytes)).toBeDefined()
      expect(known(key, bytes)).toEqual(parsed(key, bytes))
      // other bytes, of the same text: they are read
      expect(known(key, Buffer.from(bytes))).toEqual(parsed(key, bytes))
    }
  },
)
