import { builtinCatalogue, builtinSchemas, type KubeObject } from '@kubets/api-types'
import { ObjectGenerator } from '@kubets/api-types/testing'
import type { Facts } from '@kubets/storage'
import { expect, it } from 'vitest'
import { createCodec } from './codec.ts'
import { describeEntries } from './describe.ts'

const codec = createCodec(builtinSchemas)
const described = describeEntries(builtinCatalogue, { codec, schemas: builtinSchemas })
const stored = builtinCatalogue.entries.filter(entry => entry.stored && entry.hub === undefined)

it.each(stored.map(entry => [`${entry.group}/${entry.version} ${entry.kind}`, entry] as const))(
  '%s: what was noted when it was encoded is what its bytes say',
  (_, entry) => {
    for (let seed = 1; seed <= 5; seed++) {
      const object = new ObjectGenerator(builtinSchemas.message, seed).object(entry.schema) as KubeObject
      const bytes = codec.encode(entry, object)
      const key = `${entry.storagePrefix}a/b`
      const { spliceAt, labels, fields } = described.known(bytes) as Facts
      // without what the codec has noted on them for itself
      const noted = { labels, fields: Object.fromEntries(Object.entries(fields)) }
      expect(described.read(key, bytes)).toEqual(noted)
      expect(described.spliceAt(bytes)).toBe(spliceAt)
      // other bytes, of the same text
      expect(described.known(Buffer.from(bytes))).toBeUndefined()
      // the long way
      expect(described.read(key, Buffer.from(` ${bytes.toString()}`))).toEqual(noted)
    }
  },
)
