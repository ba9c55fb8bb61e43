import type { KubeObject } from '@kubets/api-types'
import { Quantity } from '@kubets/apimachinery'
import type { Evaluator } from '../evaluator.ts'
import type { ResourceList } from '../resource-list.ts'
import { matchesScopeValues } from '../scopes.ts'
import { objectCountName } from './object-count.ts'

/** What is read of a PersistentVolumeClaim. */
export interface ClaimLike extends KubeObject {
  spec?: {
    resources?: { requests?: Record<string, string> }
    storageClassName?: string
    volumeAttributesClassName?: string
  }
  status?: {
    allocatedResources?: Record<string, string>
    currentVolumeAttributesClassName?: string
    modifyVolumeStatus?: { targetVolumeAttributesClassName?: string }
  }
}

export interface ChargedClaim {
  readonly usage: ResourceList
  /** Volume attributes classes that it names: wanted, present, on the way. */
  readonly attributesClasses: readonly string[]
}

const countName = objectCountName('', 'persistentvolumeclaims')
const names = ['persistentvolumeclaims', 'requests.storage']
const classSuffix = '.storageclass.storage.k8s.io/'
const classAnnotation = 'volume.beta.kubernetes.io/storage-class'

/** What a claim counts for; also under the name of its storage class. */
export function claimCharge(claim: ClaimLike): ChargedClaim {
  const { metadata, spec = {}, status = {} } = claim
  const storageClass = metadata?.annotations?.[classAnnotation] ?? spec.storageClassName ?? ''
  const usage = new Map<string, Quantity>()
  const charge = (name: string, quantity: Quantity) => {
    usage.set(name, quantity)
    if (storageClass !== '') usage.set(`${storageClass}${classSuffix}${name}`, quantity)
  }
  charge('persistentvolumeclaims', Quantity.of(1))
  usage.set(countName, Quantity.of(1))
  const storage = storageOf(spec.resources?.requests, status.allocatedResources)
  if (storage !== undefined) charge('requests.storage', storage)
  const classes = [
    spec.volumeAttributesClassName,
    status.currentVolumeAttributesClassName,
    status.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ]
  return {
    usage,
    attributesClasses: [...new Set(classes.filter(name => name !== undefined && name !== ''))] as string[],
  }
}

/** Whole bytes; while a volume grows, what is allocated if that is more. */
function storageOf(
  requests: Record<string, string> | undefined,
  allocated: Record<string, string> | undefined,
): Quantity | undefined {
  const asked = requests?.storage
  if (asked === undefined) return undefined
  const whole = (text: string) => {
    const quantity = Quantity.parse(text)
    return quantity.isInteger() ? quantity : Quantity.of(quantity.asInt(), quantity.format)
  }
  const request = whole(asked)
  const present = allocated?.storage === undefined ? undefined : whole(allocated.storage)
  return present !== undefined && present.compare(request) > 0 ? present : request
}

export const persistentVolumeClaimEvaluator: Evaluator<ChargedClaim> = {
  group: '',
  resource: 'persistentvolumeclaims',
  matchingResources: asked =>
    asked.filter(
      name => name === countName || names.includes(name) || names.some(own => name.endsWith(`${classSuffix}${own}`)),
    ),
  matchesScope(requirement, { attributesClasses }) {
    if (requirement.scopeName !== 'VolumeAttributesClass') return false
    if (requirement.operator === 'Exists') return attributesClasses.length > 0
    return matchesScopeValues(requirement, attributesClasses)
  },
  usage: ({ usage }) => usage,
}
