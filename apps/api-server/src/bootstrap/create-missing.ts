import { prepareOwn } from '../resources/own-writes.ts'
import type { Rest } from '../resources/rest.ts'
import type { BootstrapObject } from './part.ts'

/** Makes what is not there yet, all in one transaction where nothing is: a new cluster is whole or not there. */
export async function createMissing(rest: Rest, objects: readonly BootstrapObject[]): Promise<void> {
  const writes = objects.map(([entry, object, managers]) => prepareOwn(rest, entry, object, managers))
  if (await rest.store.createAll(writes)) return
  // another api-server may make it in the same moment: then it is there, which is what was wanted
  for (const { key, value } of writes)
    if ((await rest.store.get(key)).kv === undefined) await rest.store.put({ key, value, expected: 0 })
}
