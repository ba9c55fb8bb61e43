import type { Pod } from '@kubets/api-types'
import { forbidden } from '@kubets/apimachinery'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'
import { writesTo } from '../writes.ts'
import { joinReasons } from './aggregate.ts'

type PodSpec = NonNullable<Pod['spec']>

const concerns = writesTo({ resource: 'pods' }, ['CREATE', 'UPDATE'])

/** Nobody runs an image that another tenant pulled without showing credentials for it: every start pulls. */
export const alwaysPullImages: AdmissionPlugin = {
  name: 'AlwaysPullImages',
  mutate(request) {
    const spec = specWithNewImages(request)
    if (spec === undefined) return undefined
    for (const { container } of containers(spec)) container.imagePullPolicy = 'Always'
    for (const { image } of spec.volumes ?? []) if (image !== undefined) image.pullPolicy = 'Always'
    return undefined
  },
  validate(request) {
    const spec = specWithNewImages(request)
    if (spec === undefined) return undefined
    const reasons: string[] = []
    const judge = (path: string, policy: string | undefined) => {
      if (policy === 'Always') return
      const why = `${path}: Unsupported value: ${JSON.stringify(policy ?? '')}: supported values: "Always"`
      reasons.push(forbidden('pods', request.name, why).message)
    }
    for (const { container, path } of containers(spec)) judge(`${path}.imagePullPolicy`, container.imagePullPolicy)
    for (const [index, { image }] of (spec.volumes ?? []).entries())
      if (image !== undefined) judge(`spec.volumes[${index}].image.pullPolicy`, image.pullPolicy)
    const joined = joinReasons(reasons)
    if (joined !== undefined) throw forbidden('pods', request.name, joined)
    return undefined
  },
}

/** An update that brings no image is left alone: pods from before the plugin was on can still be changed. */
function specWithNewImages(request: AdmissionRequest): PodSpec | undefined {
  if (!concerns(request)) return undefined
  const { spec } = request.object as Pod
  const old = (request.oldObject as Pod | undefined)?.spec
  if (spec === undefined || request.operation === 'CREATE' || old === undefined) return spec
  const known = new Set(containers(old).map(({ container }) => container.image))
  return containers(spec).some(({ container }) => !known.has(container.image)) ? spec : undefined
}

function containers(spec: PodSpec) {
  const lists = ['initContainers', 'containers', 'ephemeralContainers'] as const
  return lists.flatMap(list =>
    (spec[list] ?? []).map((container, index) => ({ container, path: `spec.${list}[${index}]` })),
  )
}
