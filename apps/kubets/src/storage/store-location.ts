import { type FlagTable, type FlagValues, UsageError } from '@kubets/component'
import { openEtcdStore, type StoreContents, storeTransfer } from '@kubets/storage'

/** Where a store lies, or a snapshot of one. */
export type StoreLocation =
  | { kind: 'embedded'; directory: string }
  | {
      kind: 'etcd'
      endpoints: string[]
      /** Where the cluster has files of its own for it. Default: the flags'. */
      files?: EtcdFlagValues | undefined
    }
  | { kind: 'snapshot'; file: string }

/** How an etcd is reached: the api-server's flags of the same names. */
export const etcdFlags = {
  'etcd-cafile': { type: 'string', help: 'The certificate authority of etcd.' },
  'etcd-certfile': { type: 'string', help: 'The client certificate for etcd.' },
  'etcd-keyfile': { type: 'string', help: 'The key of the client certificate for etcd.' },
} as const satisfies FlagTable

export type EtcdFlagValues = FlagValues<typeof etcdFlags>

/** Reads `embedded:DIR`, `etcd:https://a:2379,https://b:2379` or `snapshot:FILE`. */
export function parseStoreLocation(text: string): StoreLocation {
  const [, kind, rest = ''] = /^(embedded|etcd|snapshot):(.+)$/.exec(text) ?? []
  switch (kind) {
    case 'embedded':
      return { kind, directory: rest }
    case 'snapshot':
      return { kind, file: rest }
    case 'etcd':
      return { kind, endpoints: endpointsOf(rest.split(',')) }
    default:
      throw new UsageError(
        `"${text}" names no store: embedded:DIR, etcd:URL[,URL…] or, to read from, snapshot:FILE are known`,
      )
  }
}

export function endpointsOf(urls: readonly string[]): string[] {
  for (const url of urls)
    if (!/^https?:\/\/[^/]+\/?$/.test(url))
      throw new UsageError(`"${url}" is no URL of an etcd: it looks like https://10.0.0.1:2379`)
  return urls.map(url => url.replace(/\/$/, ''))
}

export function openEtcd(endpoints: readonly string[], flags: EtcdFlagValues) {
  const file = (name: keyof EtcdFlagValues) => flags[name] || undefined
  const [caFile, certFile, keyFile] = [file('etcd-cafile'), file('etcd-certfile'), file('etcd-keyfile')]
  return openEtcdStore({
    endpoints,
    ...(caFile === undefined ? {} : { caFile }),
    ...(certFile === undefined ? {} : { certFile }),
    ...(keyFile === undefined ? {} : { keyFile }),
  })
}

/** Opens what lies there for reading. `exclusive`: an embedded store that is in use is refused. `acceptLost`: one whose journal is missing is not. */
export async function openContents(
  location: StoreLocation,
  flags: EtcdFlagValues,
  options: { exclusive: boolean; acceptLost?: boolean },
): Promise<StoreContents> {
  const transfer = await storeTransfer()
  switch (location.kind) {
    case 'embedded':
      return transfer.openEmbeddedContents({
        directory: location.directory,
        ...options,
        onDropped: () => void process.stderr.write(`${droppedText(location.directory)}\n`),
      })
    case 'snapshot':
      return transfer.readSnapshot(location.file)
    case 'etcd': {
      const store = await openEtcd(location.endpoints, location.files ?? flags)
      try {
        return { ...(await transfer.contentsOf(store)), [Symbol.asyncDispose]: () => store.close() }
      } catch (error) {
        await store.close()
        throw error
      }
    }
  }
}

function droppedText(directory: string): string {
  return `The last commit of the store in ${directory} was not wholly on the disk when its process or the machine ended. Nobody had an answer to it: it is left out.`
}
