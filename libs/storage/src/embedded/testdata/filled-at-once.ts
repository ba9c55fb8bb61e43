// Fills the file system that the store lies on while LMDB does not have yet what the journal has, makes room again, and tells what happened.
import { execFileSync } from 'node:child_process'
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { openEmbeddedStore } from '../index.ts'
import { numbers } from './torn-commits.ts'

const [disk = ''] = process.argv.slice(2)
const ballast = join(disk, 'ballast')
const next = numbers(31)
const value = Buffer.from(Array.from({ length: 20_000 }, () => next() * 256))

function fill(): void {
  const { bavail, bsize } = statfsSync(disk)
  execFileSync('fallocate', ['-l', String((bavail - 2_000) * bsize), ballast])
  const file = openSync(ballast, 'a')
  for (let size = 2 ** 16; size >= 1024; size /= 2)
    for (let full = false; !full; )
      try {
        full = writeSync(file, Buffer.alloc(size, 1)) < size
      } catch {
        full = true
      }
  closeSync(file)
}

const store = await openEmbeddedStore({ directory: join(disk, 'store'), writer: 'journal' })
const put = (key: string) => store.put({ key, value, expected: 0 }).then(({ revision }) => revision, String)
const count = () => store.range({ start: '/', end: '0', countOnly: true }).then(found => found.count, String)
await put('/first')
await count()
const acknowledged: (number | string)[] = []
for (let i = 0; i < 10; i++) acknowledged.push(await put(`/before/${i}`))
fill()
const whileFull = [await put('/full'), await count(), (await store.get('/before/9')).kv?.modRevision, await put('/full')]
rmSync(ballast)
let afterwards = await put('/afterwards')
for (let i = 0; typeof afterwards === 'string' && i < 200; i++) {
  await new Promise(resolve => setTimeout(resolve, 10))
  afterwards = await put('/afterwards')
}
const present = await count()
await store.close()
process.stdout.write(JSON.stringify({ acknowledged, whileFull, afterwards, present }))
