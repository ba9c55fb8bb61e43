import { isQualifiedName } from '@kubets/apimachinery'

/** What containers ask for without a prefix; huge pages of any size besides. */
const ofContainers = new Set(['cpu', 'memory', 'ephemeral-storage'])

const counted = [
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]
const countedSet = new Set(counted)

/** What a quota bounds without a prefix. */
const ofQuotas = new Set([
  'cpu',
  'memory',
  'ephemeral-storage',
  'requests.cpu',
  'requests.memory',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  ...counted,
])

export const isHugePages = (name: string): boolean => name.startsWith('hugepages-')
const isQuotaHugePages = (name: string) => isHugePages(name) || name.startsWith('requests.hugepages-')

/** Kubernetes' own: without a prefix, or below kubernetes.io. */
export const isNative = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/')
/** More may be promised than there is. */
export const isOvercommitAllowed = (name: string): boolean => isNative(name) && !isHugePages(name)
/** A vendor's: its name must also fit into a quota. */
export const isExtended = (name: string): boolean =>
  !isNative(name) && !name.startsWith('requests.') && isQualifiedName(`requests.${name}`).length === 0
/** Only whole ones. */
export const isIntegerResource = (name: string): boolean => countedSet.has(name) || isExtended(name)

export const isContainerResource = (name: string): boolean => ofContainers.has(name) || isHugePages(name)
export const isQuotaResource = (name: string): boolean => ofQuotas.has(name) || isQuotaHugePages(name)
export const isStandardResource = (name: string): boolean =>
  ofQuotas.has(name) || name === 'storage' || isQuotaHugePages(name)

/** What the resources of a whole pod may name. */
export const isPodLevelResource = (name: string): boolean => name === 'cpu' || name === 'memory' || isHugePages(name)
/** As upstream lists them in an error. */
export const podLevelResources = ['cpu', 'hugepages-', 'memory']
