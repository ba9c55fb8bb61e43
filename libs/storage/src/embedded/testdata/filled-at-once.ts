// Fills the file system that the store lies on while LMDB does not have yet what the journal has, makes room again, and tells what happened. `die`: is killed
// while it is full.
import { execFileSync } from 'node:child_process'
import { rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openEmbeddedStore } from '../index.ts'
import { fillUp } from './fill-up.ts'
import { numbers } from './torn-commits.ts'

const [disk = '', mode] = process.argv.slice(2)
const ballast = join(disk, 'ballast')
const next = numbers(31)
const value = Buffer.from(Array.from({ length: 20_000 }, () => next() * 256))

function fill(): void {
  const { bavail, bsize } = statfsSync(disk)
  execFileSync('fallocate', ['-l', String((bavail - 2_000) * bsize), ballast])
  fillUp(ballast)
}

const store = await openEmbeddedStore({ directory: join(disk, 'store'), writer: 'journal' })
const put = (key: string) => store.put({ key, value, expected: 0 }).then(({ revision }) => revision, String)
const count = () => store.range({ start: '/', end: '0', countOnly: true }).then(found => found.count, String)
await put('/first')
await count()
// LMDB gets it after a second; filling a slow disk may take longer
const { setTimeout: later } = globalThis
globalThis.setTimeout = ((call: () => void) => later(call, 60_000)) as typeof setTimeout
const acknowledged: (number | string)[] = []
for (let i = 0; i < 10; i++) acknowledged.push(await put(`/before/${i}`))
fill()
if (mode === 'die') {
  writeFileSync(join(disk, '..', 'acknowledged'), JSON.stringify(acknowledged))
  process.kill(process.pid, 'SIGKILL')
}
globalThis.setTimeout = later
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
