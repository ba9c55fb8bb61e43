// Fills the file system that the store lies on, writes on, and tells what happened. `die`: is killed while it is full;
// `resume`: begins on a full one.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { openEmbeddedStore } from '../index.ts'
import type { Writer } from '../writing/committer.ts'
import { fillUp } from './fill-up.ts'

const [disk = '', mode, writer] = process.argv.slice(2)
const ballast = join(disk, 'ballast')
const store = await openEmbeddedStore({ directory: join(disk, 'store'), writer: writer as Writer })
const acknowledged = new Map<string, number>()
const failures = new Map<string, number>()
const seen = new Map<string, number>()
const unwatch = new AbortController()
store.watch({
  start: '/',
  end: '0',
  ...(mode === 'resume' ? {} : { from: 1 }),
  onEvents(events) {
    for (const event of events)
      if (event.type === 'put') seen.set(event.key, event.modRevision)
      else seen.delete(event.key)
  },
  onEnd: error => failures.set(error.message, 1),
  signal: unwatch.signal,
})

async function put(key: string, size: number): Promise<boolean> {
  // text that does not compress well
  const value = Buffer.alloc(size)
  for (let i = 0, x = size; i < size; i++) {
    x = (x * 1_103_515_245 + 12_345) % 2 ** 31
    value[i] = x >> 16
  }
  try {
    const result = await store.put({ key, value, expected: acknowledged.get(key) ?? (await store.get(key)).kv?.modRevision ?? 0 })
    if (result.ok) acknowledged.set(key, result.revision)
    return result.ok
  } catch (error) {
    const text = String(error)
    failures.set(text, (failures.get(text) ?? 0) + 1)
    return false
  }
}

for (let i = 0; mode !== 'resume' && i < 100; i++) await put(`/first/${i}`, 100 + i * 50)
if (mode !== 'resume') fillUp(ballast)
// small and large ones, alone and many to a commit, until many were refused
let refused = 0
for (let round = 0; refused < 300 && round < 5_000; round++) {
  const writers = 1 + (round % 9)
  const results = await Promise.all(
    Array.from({ length: writers }, (_, w) => put(`/${mode}/${w}/${round % 50}`, 20 + ((round * 7919 + w * 104_729) % 30_000))),
  )
  refused += results.filter(ok => !ok).length
}
const whileFull = (await store.range({ start: '/', end: '0' })).kvs.length
if (mode === 'die') {
  process.stdout.write(JSON.stringify({ acknowledged: [...acknowledged], failures: [...failures], whileFull, seen: seen.size }))
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), 100)
} else {
  const { kv } = await store.get('/first/0')
  const deleted = kv && (await store.delete({ key: kv.key, expected: kv.modRevision })).ok
  acknowledged.delete('/first/0')
  await store.compact(await store.revision())
  rmSync(ballast)
  let afterwards = false
  for (let i = 0; !afterwards && i < 200; i++) {
    afterwards = await put('/afterwards', 20_000)
    if (!afterwards) await new Promise(resolve => setTimeout(resolve, 10))
  }
  const present = (await store.range({ start: '/', end: '0' })).kvs.map(found => [found.key, found.modRevision])
  for (let i = 0; seen.size < present.length && mode === 'live' && i < 200; i++)
    await new Promise(resolve => setTimeout(resolve, 10))
  unwatch.abort()
  await store.close()
  process.stdout.write(
    JSON.stringify({ acknowledged: [...acknowledged], failures: [...failures], whileFull, seen: seen.size, deleted, afterwards, present }),
  )
}
