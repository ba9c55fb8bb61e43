import { describe, expect, it } from 'vitest'
import { builtinCatalogue } from '../catalogue/builtin.ts'
import { builtinSchemas } from '../schema/schema.ts'
import { ObjectGenerator } from '../testing/object-generator.ts'
import { ProtobufError } from './reader.ts'

const served = [
  ...builtinCatalogue.entries.flatMap(entry => (entry.stored ? [entry.schema, `${entry.schema}List`] : [entry.schema])),
  'io.k8s.api.policy.v1.Eviction',
  'io.k8s.api.apps.v1.ControllerRevision',
  'io.k8s.api.authentication.v1.TokenReview',
  'io.k8s.apimachinery.pkg.apis.meta.v1.Status',
  'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions',
  'io.k8s.apimachinery.pkg.apis.meta.v1.PartialObjectMetadata',
]

const generated = (name: string, seed: number) => new ObjectGenerator(builtinSchemas.message, seed).object(name)

describe.each(served)('%s', name => {
  const schema = builtinSchemas.get(name)

  it('comes back from protobuf as the same JSON', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const object = generated(name, seed)
      const bytes = schema.encodeProtobuf(object)
      const decoded = schema.decodeProtobuf(bytes)
      expect(schema.encode(decoded), `seed ${seed}`).toBe(schema.encode(object))
      expect(schema.encodeProtobuf(decoded).equals(bytes), `seed ${seed}`).toBe(true)
      expect(schema.check(decoded)).toMatchObject({ unknown: [], error: undefined })
      expect(schema.readProtobuf(bytes, {}).sound, `seed ${seed}`).toBe(true)
    }
  })

  it('refuses what is cut short or spoilt, or reads it; nothing else happens', () => {
    const bytes = schema.encodeProtobuf(generated(name, 5))
    const step = Math.max(1, Math.floor(bytes.length / 200))
    let refused = 0
    const attempt = (spoilt: Buffer) => {
      try {
        const { value, sound } = schema.readProtobuf(spoilt, {})
        if (sound) expect(schema.check(value)).toMatchObject({ unknown: [], error: undefined, nulls: false })
      } catch (error) {
        expect(error).toBeInstanceOf(ProtobufError)
        refused++
      }
    }
    for (let at = 1; at < bytes.length; at += step) {
      attempt(bytes.subarray(0, at))
      for (const value of [0x00, 0x7f, 0xff]) {
        const spoilt = Buffer.from(bytes)
        spoilt[at] = value
        attempt(spoilt)
      }
    }
    expect(refused).toBeGreaterThan(0)
  })
})
