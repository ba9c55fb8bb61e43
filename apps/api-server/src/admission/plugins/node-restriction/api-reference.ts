import type { Pod } from '@kubets/api-types'
import { goQuote } from '@kubets/apimachinery'
import { namedBy } from '../../../authorization/node/pod-references.ts'

type Volume = NonNullable<NonNullable<Pod['spec']>['volumes']>[number]

export interface ApiReference {
  /** In upstream's words; undefined when the pod needs nothing of the API. */
  readonly refersTo?: string
  readonly error?: string
}

const ofVolume = new Map<string, string>([
  ['configMap', 'configmaps (via configmap volumes)'],
  ['secret', 'secrets (via secret volumes)'],
  ['csi', 'csidrivers (via CSI volumes)'],
  ['glusterfs', 'endpoints (via glusterFS volumes)'],
  ['persistentVolumeClaim', 'persistentvolumeclaims'],
  ['ephemeral', 'persistentvolumeclaims (via ephemeral volumes)'],
  ['azureFile', 'secrets (via azureFile volumes)'],
])

/** Volumes that a node mounts without asking the API. */
const selfContained: ReadonlySet<string> = new Set([
  'awsElasticBlockStore',
  'azureDisk',
  'cephfs',
  'cinder',
  'downwardAPI',
  'emptyDir',
  'fc',
  'flexVolume',
  'flocker',
  'gcePersistentDisk',
  'gitRepo',
  'hostPath',
  'image',
  'iscsi',
  'nfs',
  'photonPersistentDisk',
  'portworxVolume',
  'quobyte',
  'rbd',
  'scaleIO',
  'storageos',
  'vsphereVolume',
])

const ofSource = new Map<string, string>([
  ['configMap', 'configmaps (via projected volumes)'],
  ['secret', 'secrets (via projected volumes)'],
  ['serviceAccountToken', 'serviceaccounts (via projected volumes)'],
  ['clusterTrustBundle', 'clustertrustbundles'],
  ['podCertificate', 'podcertificates'],
])

/** The first thing that a pod needs of the API. */
export function apiReference(pod: Pod): ApiReference {
  const { spec } = pod
  if ((spec?.serviceAccountName ?? '') !== '') return { refersTo: 'serviceaccounts' }
  const named = [...namedBy(pod)]
  if (named.some(name => name.startsWith('secret/'))) return { refersTo: 'secrets' }
  if (named.some(name => name.startsWith('configmap/'))) return { refersTo: 'configmaps' }
  if ((spec?.resourceClaims ?? []).length > 0) return { refersTo: 'resourceclaims' }
  for (const volume of spec?.volumes ?? []) {
    const found = referenceOf(volume)
    if (found !== undefined) return found
  }
  return {}
}

function referenceOf(volume: Volume): ApiReference | undefined {
  const types = Object.keys(volume)
  if (types.some(type => selfContained.has(type))) return undefined
  for (const [type, refersTo] of ofVolume) if (types.includes(type)) return { refersTo }
  if (volume.projected === undefined) return { error: `unknown volume type for volume  ${goQuote(volume.name)}` }
  for (const source of volume.projected.sources ?? []) {
    const members = Object.keys(source)
    for (const [type, refersTo] of ofSource) if (members.includes(type)) return { refersTo }
    if (!members.includes('downwardAPI'))
      return { error: `unknown source for projected volume ${goQuote(volume.name)}` }
  }
  return undefined
}
