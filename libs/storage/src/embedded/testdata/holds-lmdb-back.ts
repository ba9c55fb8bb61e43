// Has a store of which LMDB never gets more than the first commit, until it is killed; says on standard output what revision the journal has.
import { openEmbeddedStore } from '../index.ts'
import { WritingThread } from '../writing/writing-thread.ts'

const [directory = ''] = process.argv.slice(2)
const store = await openEmbeddedStore({ directory, writer: 'journal' })
await store.put({ key: '/first', value: Buffer.from(''), expected: 0 })
await store.range({ start: '/', end: '0' })
WritingThread.prototype.commit = () => new Promise(() => undefined)
const { revision } = await store.put({ key: '/second', value: Buffer.from(''), expected: 0 })
setInterval(() => undefined, 1_000)
process.stdout.write(`${revision}\n`)
