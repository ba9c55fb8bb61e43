// Writes until the file may not grow further, then makes room (raises its own limit) and writes once more.
import { execFileSync } from 'node:child_process'
import { openEmbeddedStore } from '../index.ts'
import type { Writer } from '../writing/committer.ts'

const [directory = '', writer] = process.argv.slice(2)
const store = await openEmbeddedStore({ directory, writer: writer as Writer })
const value = Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * i * 31 + (i % 97) * 7 + (i >> 8) * 13) % 251))
const acknowledged: string[] = []
let failed = 0
let failure = ''
for (let round = 0; round < 1_000 && failed === 0; round++)
  await Promise.all(
    Array.from({ length: 4 }, async (_, i) => {
      const key = `/${round}-${i}`
      try {
        await store.put({ key, value, expected: 0 })
        acknowledged.push(key)
      } catch (error) {
        failed++
        failure = String(error)
      }
    }),
  )
const revision = await store.revision()
execFileSync('prlimit', ['--fsize=20000000', '--pid', String(process.pid)])
const afterwards = await store.put({ key: '/room', value, expected: 0 })
await store.close()
process.stdout.write(JSON.stringify({ acknowledged, failed, failure, afterwards, revision }))
