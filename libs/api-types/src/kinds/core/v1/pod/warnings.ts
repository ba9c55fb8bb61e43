import type { Pod } from '../../../../wire.ts'

const deprecatedNodeLabels: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'use "node.kubernetes.io/instance-type" instead',
}

/** Sentences for `Warning` headers: what is legal and still no good idea. */
export function warningsForPod({ spec }: Pod): string[] {
  const warnings: string[] = []
  if (spec === undefined) return warnings
  for (const key of Object.keys(spec.nodeSelector ?? {})) {
    const hint = Object.hasOwn(deprecatedNodeLabels, key) ? deprecatedNodeLabels[key] : undefined
    if (hint !== undefined) warnings.push(`spec.nodeSelector[${key}]: deprecated since v1.14; ${hint}`)
  }
  spec.volumes?.forEach((volume, i) => {
    if (volume.gitRepo) warnings.push(`spec.volumes[${i}].gitRepo: deprecated in v1.11`)
  })
  for (const [list, containers] of [
    ['initContainers', spec.initContainers ?? []],
    ['containers', spec.containers ?? []],
  ] as const) {
    containers.forEach(({ env = [] }, i) => {
      const seen = new Map<string, number>()
      env.forEach(({ name }, j) => {
        const first = seen.get(name)
        if (first !== undefined) {
          warnings.push(
            `spec.${list}[${i}].env[${j}]: hides previous definition of "${name}", which may be dropped when using apply`,
          )
        } else seen.set(name, j)
      })
    })
  }
  const grace = spec.terminationGracePeriodSeconds
  if (grace !== undefined && grace < 0) {
    warnings.push(
      'spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1',
    )
  }
  return warnings
}
