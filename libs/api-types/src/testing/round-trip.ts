import type { ResourceEntry } from '../catalogue/contract.ts'
import { builtinSchemas } from '../schema/schema.ts'
import { ObjectGenerator } from './object-generator.ts'

/** Objects of a version, full of chance, before and after their way through the stored version. */
export function* throughHub(entry: ResourceEntry, seeds = 40): Generator<readonly [before: unknown, after: unknown]> {
  const { hub } = entry
  if (hub === undefined) throw new Error(`${entry.kind} is stored as it is`)
  const schema = builtinSchemas.get(entry.schema)
  const stored = builtinSchemas.get(hub.entry.schema)
  for (let seed = 1; seed <= seeds; seed++) {
    const object = new ObjectGenerator(builtinSchemas.message, seed).object(entry.schema)
    const before = schema.encode(object)
    const asStored = JSON.parse(stored.encode(hub.toHub(structuredClone(object))))
    const { unknown, error } = stored.check(asStored)
    if (unknown.length > 0 || error !== undefined) throw new Error(`seed ${seed}: ${unknown.join()} ${error}`)
    yield [JSON.parse(before), JSON.parse(schema.encode(hub.fromHub(asStored)))]
  }
}
