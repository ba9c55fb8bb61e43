import { UsageError } from '@kubets/component'
import { storeTransfer } from '@kubets/storage'
import {
  type EtcdFlagValues,
  etcdFlags,
  openContents,
  openEtcd,
  parseStoreLocation,
  type StoreLocation,
} from '../storage/store-location.ts'
import { createTicker } from '../terminal/ticker.ts'
import { command } from './command.ts'

/** Above what a source that is still in use may give out while it is copied. */
const raiseBy = 1_000

export const store = command({
  usage: 'store copy --from STORE --to STORE …',
  summary: 'Copy all objects from one store into another: embedded to etcd, and back.',
  details: `A STORE is embedded:DIR (an api-server's --data-dir), etcd:URL[,URL…] or, to read from, snapshot:FILE.

Stop the api-servers of both first: what is written while it runs is not copied. An embedded store that is in use is refused, and so
is a target that is not empty. Keys, values and leases (with what is left of them) are copied, read again and compared by number and
hash. The target's revision is above the source's and what is older counts as compacted, so that every client lists again.

Examples:
  kubets store copy --from embedded:.kubets/store --to etcd:https://10.0.0.1:2379 --etcd-cafile ca.crt --etcd-certfile c.crt --etcd-keyfile c.key
  kubets store copy --from etcd:http://127.0.0.1:2379 --to embedded:/var/lib/kubets/store`,
  flags: {
    from: { type: 'string', help: 'The store to read.' },
    to: { type: 'string', help: 'The empty store to fill.' },
    ...etcdFlags,
    output: { type: 'string', short: 'o', default: 'text', choices: ['text', 'json'], help: 'Form of the answer.' },
  },
  async run({ flags, args }) {
    if (args[0] !== 'copy' || args.length > 1)
      throw new UsageError(`unknown command "${args.join(' ')}" for "kubets store": it has copy`)
    if (flags.from === undefined || flags.to === undefined)
      throw new UsageError('kubets store copy needs --from STORE and --to STORE')
    const to = parseStoreLocation(flags.to)
    const result = await copy(parseStoreLocation(flags.from), to, flags)
    process.stdout.write(
      flags.output === 'json'
        ? `${JSON.stringify(result, null, 2)}\n`
        : `Copied ${result.keys} keys and ${result.leases} leases to ${flags.to}, read them again and found them equal (SHA-256 ${result.sha256}); its revision is ${result.revision}.\n`,
    )
    return 0
  },
})

async function copy(from: StoreLocation, to: StoreLocation, flags: EtcdFlagValues) {
  if (to.kind === 'snapshot') throw new UsageError("a snapshot is made with 'kubets snapshot save'")
  const { copyIntoStore, importEmbeddedStore } = await storeTransfer()
  await using contents = await openContents(from, flags, { exclusive: true })
  const ticker = createTicker(process.stderr)
  try {
    if (to.kind === 'embedded')
      return await importEmbeddedStore(contents, {
        directory: to.directory,
        raiseBy,
        onProgress: keys => ticker.tell(`${keys} keys`),
      })
    await using target = await openEtcd(to.endpoints, flags)
    return await copyIntoStore(contents, target, { onProgress: text => ticker.tell(text) })
  } finally {
    ticker.end()
  }
}
