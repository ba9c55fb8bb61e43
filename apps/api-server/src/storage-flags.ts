import { type CertificateFiles, type FlagTable, type FlagValues, type Logger, UsageError } from '@kubets/component'
import { pairFault } from '@kubets/pki'
import type { KeyValueStore } from '@kubets/storage'
import type { ApiServerOptions } from './options.ts'

/** Upstream's time for etcd to be there at the start; after it the process ends, and whoever runs it starts it again. */
const etcdStartTimeout = 20_000

/** Upstream's flags of where and how objects are kept, and `--data-dir` for the store that upstream does not have. */
export const storageFlags = {
  'storage-backend': {
    type: 'string',
    help: 'Where objects are kept. Unset: etcd3 where --etcd-servers are given, embedded else.',
    choices: ['embedded', 'etcd3'],
  },
  'storage-media-type': {
    type: 'string',
    help: 'The media type to use to store objects in storage. Custom resources, their definitions and APIServices are always JSON. Whatever is chosen, both are read.',
    default: 'application/json',
    choices: ['application/json', 'application/vnd.kubernetes.protobuf'],
  },
  'data-dir': { type: 'string', help: 'Folder of the embedded store.' },
  'etcd-servers': { type: 'strings', help: 'Etcd servers to connect with (scheme://ip:port), comma separated.' },
  'etcd-cafile': { type: 'string', help: 'SSL Certificate Authority file used to secure etcd communication.' },
  'etcd-certfile': { type: 'string', help: 'SSL certification file used to secure etcd communication.' },
  'etcd-keyfile': { type: 'string', help: 'SSL key file used to secure etcd communication.' },
  'etcd-prefix': {
    type: 'string',
    help: 'The prefix to prepend to all resource paths in etcd.',
    default: '/registry',
  },
  'etcd-compaction-interval': {
    type: 'duration',
    help: 'The interval of compaction requests. If 0, none is made by the apiserver.',
    default: '5m',
  },
  'etcd-healthcheck-timeout': {
    type: 'duration',
    help: 'The timeout to use when checking etcd health.',
    default: '2s',
  },
  'etcd-readycheck-timeout': {
    type: 'duration',
    help: 'The timeout to use when checking etcd readiness.',
    default: '2s',
  },
  'lease-reuse-duration-seconds': {
    type: 'int',
    help: 'The time in seconds that each lease is reused, at most a twentieth of --event-ttl.',
    default: 60,
  },
  'etcd-servers-overrides': {
    type: 'strings',
    help: 'Not supported: all kinds live in one store, which gives them one revision. Per-resource etcd servers, group/resource#servers.',
  },
  'encryption-provider-config': {
    type: 'string',
    help: 'The file containing configuration for encryption providers to be used for storing secrets in the store.',
  },
  'encryption-provider-config-automatic-reload': {
    type: 'bool',
    help: 'Read the file of --encryption-provider-config again when it changes. All KMS plugins then have one health check.',
  },
} as const satisfies FlagTable

export type StorageFlags = FlagValues<typeof storageFlags> & {
  /** What --encryption-provider-config was called before. */
  readonly 'experimental-encryption-provider-config': string | undefined
}

/** The store that the flags name, on its way: it is not waited for here. @throws UsageError for flags that do not fit together. */
export async function beginStore(
  flags: StorageFlags,
  files: CertificateFiles,
  logger: Logger,
): Promise<{ store: Promise<KeyValueStore> }> {
  if (flags['etcd-servers-overrides'].length > 0)
    throw new UsageError(
      '--etcd-servers-overrides is not supported: all kinds live in one store, whose one revision every watch and LIST relies on (docs/storage.md)',
    )
  const servers = flags['etcd-servers']
  if ((flags['storage-backend'] ?? (servers.length > 0 ? 'etcd3' : 'embedded')) === 'embedded') {
    if (servers.length > 0) throw new UsageError('--etcd-servers have no use with --storage-backend=embedded')
    const directory = flags['data-dir']
    if (directory === undefined)
      throw new UsageError('--etcd-servers must be specified, or --data-dir for the embedded store')
    const { normalizedPrefix, beginEmbeddedStore, prefixEnd, storePrefix } = await import('@kubets/storage/embedded')
    if (normalizedPrefix(flags['etcd-prefix']) !== storePrefix)
      throw new UsageError('--etcd-prefix needs --storage-backend=etcd3: the embedded store is for one cluster')
    // what is encrypted is opened into memory of its own
    const encrypted = encryptionOptions(flags).encryption !== undefined
    return beginEmbeddedStore({
      directory,
      logger,
      ...(encrypted ? {} : { load: { start: storePrefix, end: prefixEnd(storePrefix) } }),
    })
  }
  if (servers.length === 0) throw new UsageError('--etcd-servers must be specified')
  const store = openEtcd(flags, files, logger)
  // whoever waits for it hears of it
  store.catch(() => undefined)
  return { store }
}

async function openEtcd(flags: StorageFlags, files: CertificateFiles, logger: Logger): Promise<KeyValueStore> {
  const { openEtcdStore } = await import('@kubets/storage')
  const { 'etcd-cafile': caFile, 'etcd-certfile': certFile, 'etcd-keyfile': keyFile } = flags
  const renewed = await etcdFiles(flags, files)
  return openEtcdStore({
    endpoints: flags['etcd-servers'],
    ...(renewed === undefined ? {} : { renewed }),
    prefix: flags['etcd-prefix'],
    waitFor: etcdStartTimeout,
    logger,
    ...(caFile === undefined ? {} : { caFile }),
    ...(certFile === undefined ? {} : { certFile }),
    ...(keyFile === undefined ? {} : { keyFile }),
  })
}

/** What is followed of etcd's files; what is wrong with them at the start is the store's to say. */
async function etcdFiles(flags: StorageFlags, files: CertificateFiles) {
  const given = (['ca', 'cert', 'key'] as const).flatMap(name => {
    const flag = `etcd-${name}file` as const
    const path = flags[flag] ?? ''
    return path === '' ? [] : [{ name, flag, path }]
  })
  if (given.length === 0) return undefined
  const load = (contents: readonly string[]) => {
    const pem: { ca?: string; cert?: string; key?: string } = {}
    for (const [i, { name }] of given.entries()) pem[name] = contents[i] as string
    const { cert, key } = pem
    const fault = cert === undefined || key === undefined ? undefined : pairFault({ cert, key })
    if (fault !== undefined) throw new Error(fault)
    return pem
  }
  return files.follow('etcd-client', given, load, ({ cert }) => cert).catch(() => undefined)
}

/** Where the keys of what is encrypted at rest are named. @throws UsageError for flags that do not fit together. */
export function encryptionOptions(flags: StorageFlags): Pick<ApiServerOptions, 'encryption'> {
  const file = flags['encryption-provider-config'] ?? flags['experimental-encryption-provider-config'] ?? ''
  const reload = flags['encryption-provider-config-automatic-reload']
  if (file !== '') return { encryption: { file, reload } }
  if (reload)
    throw new UsageError('--encryption-provider-config-automatic-reload must be set with --encryption-provider-config')
  return {}
}
