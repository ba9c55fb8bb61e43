import type { CSIDriver, PersistentVolume, PersistentVolumeClaim, Pod, TokenRequest } from '@kubets/api-types'
import { goQuote } from '@kubets/apimachinery'
import type { WatchCache } from '@kubets/storage'
import { aggregateErrors } from '../../../authorization/aggregate-errors.ts'
import { mustLookUp } from '../../look-up.ts'
import type { NodeRestrictionOptions } from './index.ts'
import { type NodeRequest, refuse } from './refuse.ts'

type Cache = Pick<WatchCache, 'get'>
type Volume = NonNullable<NonNullable<Pod['spec']>['volumes']>[number]

/** A kubelet gets tokens that end with a pod that runs on it, for whom that pod names. */
export function admitToken(request: NodeRequest, options: NodeRestrictionOptions): undefined | Promise<void> {
  const { operation, subresource, object, namespace } = request
  if (operation !== 'CREATE' || subresource !== 'token') return undefined
  const { spec } = object as TokenRequest
  const bound = spec?.boundObjectRef
  if (bound?.apiVersion !== 'v1' || bound.kind !== 'Pod' || !bound.name)
    throw refuse(request, 'node requested token not bound to a pod')
  if (!bound.uid) throw refuse(request, 'node requested token with a pod binding without a uid')
  const pod = mustLookUp<Pod>(options.cache, `pods/${namespace}/${bound.name}`, 'pod')
  if (bound.uid !== pod.metadata?.uid)
    throw refuse(
      request,
      `the UID in the bound object reference (${bound.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    )
  if (pod.spec?.nodeName !== request.node)
    throw refuse(request, 'node requested token bound to a pod scheduled on a different node')
  const [audience = '', ...others] = spec?.audiences ?? []
  if (others.length > 0) throw refuse(request, 'node may only request 0 or 1 audiences')
  const { found, errors } = namesAudience(options.cache, pod, audience)
  if (found) return undefined
  if (errors.length > 0)
    throw refuse(request, `error validating audience ${goQuote(audience)}: ${aggregateErrors(errors)}`)
  return askAuthorizer(request, audience, options)
}

/** Somebody may have allowed it for audiences that no pod names. */
async function askAuthorizer(
  request: NodeRequest,
  audience: string,
  { authorizer }: NodeRestrictionOptions,
): Promise<void> {
  const { user, namespace, name } = request
  const { decision, error } = await authorizer().authorize({
    user,
    verb: 'request-serviceaccounts-token-audience',
    group: '',
    version: 'v1',
    resource: audience,
    subresource: '',
    namespace,
    name,
  })
  if (decision === 'allow') return
  const missing = `audience ${goQuote(audience)} not found in pod spec volume`
  throw refuse(
    request,
    error === undefined
      ? `${missing}, ${user.name} is not authorized to request tokens for this audience`
      : `${missing}, error authorizing ${user.name} to request tokens for this audience: ${error}`,
  )
}

function namesAudience(cache: Cache, pod: Pod, audience: string): { found: boolean; errors: string[] } {
  const errors: string[] = []
  for (const volume of pod.spec?.volumes ?? []) {
    const tokens = (volume.projected?.sources ?? []).map(source => source.serviceAccountToken)
    if (tokens.some(token => token !== undefined && (token.audience ?? '') === audience)) return { found: true, errors }
    try {
      const name = driverOf(cache, pod, volume)
      if (name === '') continue
      const { spec } = mustLookUp<CSIDriver>(cache, `csidrivers/${name}`, 'csidriver.storage.k8s.io')
      if ((spec?.tokenRequests ?? []).some(request => (request.audience ?? '') === audience))
        return { found: true, errors }
    } catch (error) {
      errors.push((error as Error).message)
    }
  }
  return { found: false, errors }
}

/** Volumes of before CSI, and the drivers that have their work now. */
const inTree = {
  awsElasticBlockStore: 'ebs.csi.aws.com',
  azureDisk: 'disk.csi.azure.com',
  azureFile: 'file.csi.azure.com',
  cinder: 'cinder.csi.openstack.org',
  gcePersistentDisk: 'pd.csi.storage.gke.io',
  portworxVolume: 'pxd.portworx.com',
  vsphereVolume: 'csi.vsphere.vmware.com',
} as const

function inTreeDriver(source: object): string {
  for (const [type, driver] of Object.entries(inTree)) if (Object.hasOwn(source, type)) return driver
  return ''
}

/** The CSI driver behind a volume; '' when there is none. */
function driverOf(cache: Cache, pod: Pod, volume: Volume): string {
  const namespace = pod.metadata?.namespace ?? ''
  if (volume.ephemeral?.volumeClaimTemplate !== undefined)
    return driverOfClaim(cache, namespace, `${pod.metadata?.name}-${volume.name}`)
  if (volume.persistentVolumeClaim !== undefined)
    return driverOfClaim(cache, namespace, volume.persistentVolumeClaim.claimName)
  return volume.csi?.driver ?? inTreeDriver(volume)
}

function driverOfClaim(cache: Cache, namespace: string, name: string): string {
  const claim = mustLookUp<PersistentVolumeClaim>(
    cache,
    `persistentvolumeclaims/${namespace}/${name}`,
    'persistentvolumeclaim',
  )
  const volume = mustLookUp<PersistentVolume>(
    cache,
    `persistentvolumes/${claim.spec?.volumeName ?? ''}`,
    'persistentvolume',
  )
  return volume.spec?.csi?.driver ?? inTreeDriver(volume.spec ?? {})
}
