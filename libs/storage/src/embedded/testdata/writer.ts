// Writes with 16 writers until it is killed, and says on standard output what was acknowledged.
import { openEmbeddedStore } from '../index.ts'
import type { Writer } from '../writing/committer.ts'

const [directory = '', writer] = process.argv.slice(2)
const store = await openEmbeddedStore({ directory, writer: writer as Writer })
const first = (await store.revision()) * 1_000_000
const value = Buffer.alloc(2_000, 'kubets ')
let count = 0
await Promise.all(
  Array.from({ length: 16 }, async () => {
    for (;;) {
      const key = `/registry/pods/default/${first + count++}`
      const result = await store.put({ key, value, expected: 0 })
      if (result.ok) process.stdout.write(`${key} ${result.revision}\n`)
    }
  }),
)
