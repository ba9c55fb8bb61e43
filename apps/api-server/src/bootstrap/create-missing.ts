import { maxTransactionWrites } from '@kubets/storage'
import { prepareOwn } from '../resources/own-writes.ts'
import type { Rest } from '../resources/rest.ts'
import type { BootstrapObject } from './part.ts'

/** Makes what is not there yet: in as few transactions as hold it where nothing is, in the order given. */
export async function createMissing(rest: Rest, objects: readonly BootstrapObject[]): Promise<void> {
  const writes = objects.map(([entry, object, managers]) => prepareOwn(rest, entry, object, managers))
  const parts = []
  for (let at = 0; at < writes.length; at += maxTransactionWrites)
    parts.push(writes.slice(at, at + maxTransactionWrites))
  // the store commits those that come together as one group
  await Promise.all(parts.map(part => createPart(rest, part)))
}

async function createPart(rest: Rest, writes: readonly { key: string; value: Buffer }[]): Promise<void> {
  if (await rest.store.createAll(writes)) return
  // another api-server may make it in the same moment: then it is there, which is what was wanted
  for (const { key, value } of writes)
    if ((await rest.store.get(key)).kv === undefined) await rest.store.put({ key, value, expected: 0 })
}
