import type { Pod, ServiceAccount } from '@kubets/api-types'
import { forbidden } from '@kubets/apimachinery'
import { type Clock, sleep } from '@kubets/component'
import type { KeyValueStore, WatchCache } from '@kubets/storage'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'

export interface ServiceAccountPluginOptions {
  cache: Pick<WatchCache, 'get'>
  store: Pick<KeyValueStore, 'get'>
  clock: Clock
  /** Ends waits. */
  signal: AbortSignal
}

type PodSpec = NonNullable<Pod['spec']>

const prefix = '/registry/serviceaccounts/'
/** The account of pods that name none. A controller makes it in every namespace: a pod may come a moment earlier. */
const usual = 'default'
/** How often the store is asked for it (upstream's figure), 100 to 200 ms apart. */
const attempts = 10

const mirror = 'kubernetes.io/config.mirror'

/**
 * Every pod has a service account, `default` where it names none, that exists in its namespace, and its secrets for pulling
 * images. Upstream also mounts a token, which comes with the rest of security.
 */
export function serviceAccount(options: ServiceAccountPluginOptions): AdmissionPlugin {
  return {
    name: 'ServiceAccount',
    mutate(request) {
      if (!isNewPod(request)) return undefined
      const { metadata, spec } = request.object as Pod
      if (spec === undefined) return undefined
      // static pods' mirrors run without the API
      if (metadata?.annotations?.[mirror] !== undefined) {
        refuseMirror(request, spec)
        return undefined
      }
      const name = spec.serviceAccountName || usual
      spec.serviceAccountName = name
      spec.serviceAccount = name
      const known = options.cache.get(`${prefix}${request.namespace}/${name}`)
      if (known === undefined) return lookUp(options, request, name).then(bytes => takeFrom(spec, bytes))
      takeFrom(spec, known.bytes)
      return undefined
    },
  }
}

const isNewPod = ({ operation, entry, subresource }: AdmissionRequest) =>
  operation === 'CREATE' && entry.group === '' && entry.resource === 'pods' && subresource === ''

function refuseMirror({ entry, name }: AdmissionRequest, spec: PodSpec): void {
  const refuse = (what: string) => forbidden(entry, name, `a mirror pod may not ${what}`)
  if ((spec.serviceAccountName ?? '') !== '') throw refuse('reference service accounts')
  const environment = [...(spec.containers ?? []), ...(spec.initContainers ?? [])].some(
    ({ env, envFrom }) =>
      (env ?? []).some(({ valueFrom }) => valueFrom?.secretKeyRef !== undefined) ||
      (envFrom ?? []).some(({ secretRef }) => secretRef !== undefined),
  )
  const volumes = spec.volumes ?? []
  const sources = volumes.flatMap(({ projected }) => projected?.sources ?? [])
  if (
    environment ||
    (spec.imagePullSecrets ?? []).length > 0 ||
    volumes.some(({ secret }) => secret !== undefined) ||
    sources.some(({ secret }) => secret !== undefined)
  )
    throw refuse('reference secrets')
  if (sources.some(each => each.serviceAccountToken !== undefined))
    throw refuse('use ServiceAccountToken volume projections')
}

async function lookUp(
  { store, clock, signal }: ServiceAccountPluginOptions,
  { entry, namespace, name: pod }: AdmissionRequest,
  name: string,
): Promise<Uint8Array> {
  const pause = 100 + Math.floor(Math.random() * 100)
  for (let attempt = 1; ; attempt++) {
    const { kv } = await store.get(`${prefix}${namespace}/${name}`)
    if (kv !== undefined) return kv.value
    if (name !== usual || attempt === attempts || signal.aborted) break
    await sleep(pause, signal, clock)
  }
  const why = `error looking up service account ${namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`
  throw forbidden(entry, pod, why)
}

const marked = Buffer.from('"imagePullSecrets":')

function takeFrom(spec: PodSpec, bytes: Uint8Array): void {
  if ((spec.imagePullSecrets ?? []).length > 0) return
  // most accounts have none: parsed only where the word stands at all
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (text.indexOf(marked) === -1) return
  const { imagePullSecrets = [] } = JSON.parse(text.toString()) as ServiceAccount
  if (imagePullSecrets.length > 0) spec.imagePullSecrets = imagePullSecrets.map(({ name = '' }) => ({ name }))
}
