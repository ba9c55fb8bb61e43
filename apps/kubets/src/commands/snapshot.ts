import { UsageError } from '@kubets/component'
import { type SnapshotSummary, storeTransfer } from '@kubets/storage'
import { etcdUrls, ownEtcdFiles } from '../cluster/service-specs.ts'
import { openClusterDirectory } from '../cluster-directory/index.ts'
import {
  type EtcdFlagValues,
  endpointsOf,
  etcdFlags,
  openContents,
  type StoreLocation,
} from '../storage/store-location.ts'
import { createTicker } from '../terminal/ticker.ts'
import { command, dirFlag } from './command.ts'

interface Flags extends EtcdFlagValues {
  dir: string
  'data-dir': string | undefined
  'etcd-servers': readonly string[]
  overwrite: boolean
  'accept-lost-writes': boolean
  'bump-revision': number
}

export const snapshot = command({
  usage: 'snapshot save FILE | restore FILE | status FILE',
  summary: 'Back up the objects of a cluster while it runs, bring them back, look at a backup.',
  details: `save writes all that the store holds at one moment: while the cluster is up or down, from the embedded store or from etcd.
The file is JSON, a line an object, for its owner only, and ends with a hash over all of it. Certificates and images are not in it.
restore makes an embedded store of such a file; the cluster must be down. Its revision is raised, and what is older counts as
compacted, so that clients that watched before list again. Into etcd: 'kubets store copy --from snapshot:FILE --to etcd:URL'.
status reads a whole file, checks its hash and says what is in it.

Snapshots of 'etcdctl snapshot save' are another kind of file: they are restored with 'etcdutl snapshot restore'.

Examples:
  kubets snapshot save monday.snapshot
  kubets snapshot save monday.snapshot --etcd-servers https://10.0.0.1:2379 --etcd-cafile ca.crt
  kubets snapshot status monday.snapshot
  kubets down && kubets snapshot restore monday.snapshot --overwrite && kubets up --detach`,
  flags: {
    ...dirFlag,
    'data-dir': {
      type: 'string',
      help: "The folder of the embedded store: an api-server's --data-dir. Default: that of the cluster in --dir.",
    },
    'etcd-servers': {
      type: 'strings',
      help: 'With save: the etcd to read from, instead of the store of the cluster in --dir.',
    },
    ...etcdFlags,
    'accept-lost-writes': {
      type: 'bool',
      help: 'With save: read an embedded store whose journal is missing, without the writes that only that had.',
    },
    overwrite: { type: 'bool', help: 'With restore: replace the store that stands there.' },
    'bump-revision': {
      type: 'int',
      default: 1_000_000_000,
      help: 'With restore: how far the revision is raised; more than was written since the snapshot.',
    },
    output: { type: 'string', short: 'o', default: 'text', choices: ['text', 'json'], help: 'Form of the answer.' },
  },
  async run({ flags, args }) {
    const [verb, file, ...more] = args
    if (verb === undefined || !['save', 'restore', 'status'].includes(verb))
      throw new UsageError(`unknown command "${verb ?? ''}" for "kubets snapshot": one of save, restore, status`)
    if (file === undefined || more.length > 0)
      throw new UsageError(`kubets snapshot ${verb} needs the name of one file`)
    const print = (found: object, text: string) =>
      process.stdout.write(flags.output === 'json' ? `${JSON.stringify(found, null, 2)}\n` : text)
    const transfer = await storeTransfer()
    if (verb === 'status') {
      const found = await transfer.verifySnapshot(file)
      print(found, describe(found))
    } else if (verb === 'save') {
      const found = await save(flags, file)
      print(found, `Saved ${counted(found)} to ${file}.\n`)
    } else {
      const found = await restore(flags, file)
      print(found, `Restored ${counted(found)} to ${found.directory}; its revision is ${found.revision}.\n`)
    }
    return 0
  },
})

async function save(flags: Flags, file: string): Promise<SnapshotSummary> {
  await using contents = await openContents(await locate(flags), flags, {
    exclusive: false,
    acceptLost: flags['accept-lost-writes'],
  })
  const { writeSnapshot } = await storeTransfer()
  const ticker = createTicker(process.stderr)
  try {
    return await writeSnapshot(contents, file, keys => ticker.tell(`${keys} keys`))
  } finally {
    ticker.end()
  }
}

async function restore(flags: Flags, file: string) {
  if (flags['etcd-servers'].length > 0)
    throw new UsageError(
      "restore makes an embedded store: 'kubets store copy --from snapshot:FILE --to etcd:URL' fills an etcd",
    )
  const location = await locate(flags)
  if (location.kind !== 'embedded')
    throw new UsageError(
      `the cluster in ${flags.dir} keeps its state in etcd: 'kubets store copy --from snapshot:${file} --to etcd:URL' fills an empty one`,
    )
  if (
    flags['data-dir'] === undefined &&
    (await (await openClusterDirectory(flags.dir, { create: false })).supervisor())
  )
    throw new UsageError(`the cluster in ${flags.dir} is up: run 'kubets down --dir ${flags.dir}' first`)
  if (flags['bump-revision'] < 2) throw new UsageError('--bump-revision must be 2 or more')
  const { directory } = location
  const { readSnapshot, importEmbeddedStore, StoreNotEmptyError } = await storeTransfer()
  await using contents = await readSnapshot(file)
  const ticker = createTicker(process.stderr)
  try {
    const result = await importEmbeddedStore(contents, {
      directory,
      overwrite: flags.overwrite,
      raiseBy: flags['bump-revision'],
      onProgress: keys => ticker.tell(`${keys} keys`),
    })
    return { directory, ...result }
  } catch (error) {
    if (error instanceof StoreNotEmptyError)
      throw new UsageError(`${directory} is not empty: run it with --overwrite to replace the store that stands there`)
    throw error
  } finally {
    ticker.end()
  }
}

async function locate(flags: Flags): Promise<StoreLocation> {
  if (flags['etcd-servers'].length > 0) return { kind: 'etcd', endpoints: endpointsOf(flags['etcd-servers']) }
  if (flags['data-dir'] !== undefined) return { kind: 'embedded', directory: flags['data-dir'] }
  const directory = await openClusterDirectory(flags.dir, { create: false })
  if (!directory.config) throw new UsageError(`there is no cluster in ${flags.dir}`)
  return directory.config.storage === 'embedded'
    ? { kind: 'embedded', directory: directory.file('store') }
    : { kind: 'etcd', endpoints: etcdUrls(directory.config), files: ownEtcdFiles(directory, directory.config) }
}

const counted = ({ keys, leases }: { keys: number; leases: number }) =>
  `${keys} keys${leases > 0 ? ` and ${leases} leases` : ''}`

function describe(found: SnapshotSummary): string {
  return [
    `Revision  ${found.revision}`,
    `Created   ${found.created}`,
    `Keys      ${found.keys}`,
    `Leases    ${found.leases}`,
    `Bytes     ${found.bytes}`,
    `SHA-256   ${found.sha256}`,
    '',
  ].join('\n')
}
