import { goQuote } from '@kubets/apimachinery'
import type { Clock, Logger } from '@kubets/component'
import { KmsEnvelope } from '../kms/envelope.ts'
import type { KmsMetrics } from '../kms/metrics.ts'
import { connectKmsPlugin } from '../kms/plugin.ts'
import { KmsProbe } from '../kms/probe.ts'
import type { TransformationMetrics } from '../metrics.ts'
import { type Prefixed, PrefixTransformers } from '../prefix-transformers.ts'
import { AesCbc } from '../providers/aes-cbc.ts'
import { AesGcm } from '../providers/aes-gcm.ts'
import { identity } from '../providers/identity.ts'
import type { Transformer } from '../transformer.ts'
import { nameOf, parseGroupResource, writtenName } from './group-resource.ts'
import type { EncryptionConfiguration, Key, KmsConfiguration, ProviderConfiguration } from './types.ts'
import { decodeBase64 } from './validation.ts'

export interface BuildContext {
  clock: Clock
  logger: Logger
  transformations: TransformationMetrics
  kms: KmsMetrics
  /** Ends the plugins' probes and connections. */
  signal: AbortSignal
}

export interface Built {
  /** By the names of configurations: `secrets`, `*.apps`, `*` (the core group), `*.*`. */
  transformers: ReadonlyMap<string, Transformer>
  probes: readonly KmsProbe[]
  /** Longest time that calls to all plugins together can take, ms. */
  kmsTimeout: number
}

/** Makes what a valid configuration describes. A KMS plugin is asked once before this resolves, and may still be away. */
export async function buildTransformers(config: EncryptionConfiguration, context: BuildContext): Promise<Built> {
  const lists = new Map<string, Prefixed[]>()
  const probes: KmsProbe[] = []
  let kmsTimeout = 0
  for (const { resources, providers } of config.resources) {
    const made: Prefixed[] = []
    for (const provider of providers) {
      if (provider.kms === undefined) made.push(await localProvider(provider, context))
      else {
        const { prefixed, probe } = await kmsProvider(provider.kms, context)
        made.push(prefixed)
        probes.push(probe)
        kmsTimeout += provider.kms.timeout
      }
    }
    for (const name of resources) add(lists, name, made)
  }
  const transformers = new Map<string, Transformer>()
  for (const [name, list] of lists)
    transformers.set(name, new PrefixTransformers('no matching prefix found', list, context.transformations))
  return { transformers, probes, kmsTimeout }
}

/** Several entries may name a resource; none may name what an earlier one's wildcard has taken already. */
function add(lists: Map<string, Prefixed[]>, written: string, made: readonly Prefixed[]): void {
  const resource = parseGroupResource(written)
  const wildcards = [
    { group: resource.group, resource: '*' },
    { group: '*', resource: '*' },
  ]
  for (const wildcard of wildcards)
    if (lists.has(nameOf(wildcard)))
      throw new Error(
        `resource ${goQuote(writtenName(resource))} is masked by earlier rule ${goQuote(writtenName(wildcard))}`,
      )
  lists.set(nameOf(resource), [...(lists.get(nameOf(resource)) ?? []), ...made])
}

async function localProvider(provider: ProviderConfiguration, context: BuildContext): Promise<Prefixed> {
  const { aesgcm, aescbc, secretbox } = provider
  if (aesgcm !== undefined)
    return keyed('k8s:enc:aesgcm:v1:', 'AES', aesgcm.keys, secret => new AesGcm(secret), context)
  if (aescbc !== undefined)
    return keyed('k8s:enc:aescbc:v1:', 'AES', aescbc.keys, secret => new AesCbc(secret), context)
  if (secretbox !== undefined) {
    const { Secretbox } = await import('../providers/secretbox.ts')
    return keyed('k8s:enc:secretbox:v1:', 'Secretbox', secretbox.keys, secret => new Secretbox(secret), context)
  }
  return { prefix: '', transformer: identity }
}

/** The key's name stands behind the provider's prefix. */
function keyed(
  prefix: string,
  about: string,
  keys: readonly Key[],
  make: (secret: Uint8Array) => Transformer,
  { transformations }: BuildContext,
): Prefixed {
  const choices = keys.map(({ name, secret }) => {
    const bytes = decodeBase64(secret)
    if (bytes === undefined) throw new Error(`could not obtain secret for named key ${name}: illegal base64 data`)
    return { prefix: `${name}:`, transformer: make(bytes) }
  })
  const none = `no matching key was found for the provided ${about} transformer`
  return { prefix, transformer: new PrefixTransformers(none, choices, transformations) }
}

async function kmsProvider(
  config: KmsConfiguration,
  { clock, logger, kms, signal }: BuildContext,
): Promise<{ prefixed: Prefixed; probe: KmsProbe }> {
  const { name } = config
  if (config.apiVersion === 'v1')
    throw new Error(
      'KMSv1 is deprecated and will only receive security updates going forward. Use KMSv2 instead.  Set --feature-gates=KMSv1=true to use the deprecated KMSv1 feature.',
    )
  const plugin = await connectKmsPlugin(config, kms)
  signal.addEventListener('abort', () => plugin.close(), { once: true })
  const probe = new KmsProbe({ provider: name, plugin, clock, logger, metrics: kms })
  // it logs what is wrong: the plugin may come later than we do
  await probe.check().catch(() => undefined)
  void probe.run(signal)
  const transformer = new KmsEnvelope({ provider: name, plugin, probe, clock, metrics: kms })
  return { prefixed: { prefix: `k8s:enc:kms:v2:${name}:`, transformer }, probe }
}
