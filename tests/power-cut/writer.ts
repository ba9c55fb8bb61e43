// Writes with 16 writers until it is killed: DIRECTORY disk|none loop|thread|busy. Says on standard output what was acknowledged.
import { type EmbeddedStoreOptions, openEmbeddedStore } from '@kubets/storage'
import { bodyOf, keyOf } from './traffic.ts'

const [directory, durability, writer] = process.argv.slice(2) as [
  string,
  'disk' | 'none',
  NonNullable<EmbeddedStoreOptions['writer']>,
]
const store = await openEmbeddedStore({ directory, durability, writer })
let count = 0
await Promise.all(
  Array.from({ length: 16 }, async (_, writer) => {
    const standing = new Map<string, number>()
    for (;;) {
      const number = ++count
      const key = keyOf(writer, number)
      const expected = standing.get(key) ?? 0
      const deletes = expected !== 0 && number % 7 === 0
      const result = deletes
        ? await store.delete({ key, expected })
        : await store.put({ key, value: bodyOf(number), expected })
      if (!result.ok) throw new Error(`${key} is not as it was left`)
      if (deletes) standing.delete(key)
      else standing.set(key, result.revision)
      // who reads it may stand still for a while
      process.stdout.write(`${result.revision} ${deletes ? 'delete' : 'put'} ${key} ${number}\n`)
    }
  }),
)
