import type { KubeObject, Pod } from '@kubets/api-types'
import { type FieldError, field, invalid } from '@kubets/apimachinery'
import type { AdmissionPlugin } from '../admission.ts'

type Spec = NonNullable<Pod['spec']>

const lists = ['containers', 'initContainers', 'ephemeralContainers'] as const

const isPrivileged = ({ securityContext }: Pick<Spec['containers'][number], 'securityContext'>): boolean =>
  securityContext?.privileged === true

/** Where kinds have a pod's spec. */
const places: Readonly<Record<string, string>> = {
  '/pods': 'spec',
  '/podtemplates': 'template.spec',
  '/replicationcontrollers': 'spec.template.spec',
  'apps/deployments': 'spec.template.spec',
  'apps/replicasets': 'spec.template.spec',
  'apps/statefulsets': 'spec.template.spec',
  'apps/daemonsets': 'spec.template.spec',
  'batch/jobs': 'spec.template.spec',
  'batch/cronjobs': 'spec.jobTemplate.spec.template.spec',
}

/** `--allow-privileged=false`: no container of a pod, or of a template of pods, may be privileged. Upstream asks while it validates. */
export const noPrivilegedContainers: AdmissionPlugin = {
  name: 'no-privileged-containers',
  validate({ entry, subresource, object, name }) {
    if (object === undefined || (subresource !== '' && subresource !== 'ephemeralcontainers')) return undefined
    const path = places[`${entry.group}/${entry.resource}`]
    if (path === undefined) return undefined
    const causes = privileged(specAt(object, path), path)
    if (causes.length > 0) throw invalid({ group: entry.group, kind: entry.kind }, name, causes)
    return undefined
  },
}

function specAt(object: KubeObject, path: string): Spec | undefined {
  if (path === 'spec') return ((object as Pod).spec ?? undefined) as Spec | undefined
  let at: unknown = object
  for (const part of path.split('.')) at = (at as Record<string, unknown> | null | undefined)?.[part]
  return (at ?? undefined) as Spec | undefined
}

function privileged(spec: Spec | undefined, path: string): FieldError[] {
  if (!lists.some(list => spec?.[list]?.some(isPrivileged))) return []
  return lists.flatMap(list =>
    (spec?.[list] ?? []).flatMap((container, i) =>
      isPrivileged(container)
        ? [field.forbidden(`${path}.${list}[${i}].securityContext.privileged`, 'disallowed by cluster policy')]
        : [],
    ),
  )
}
