import { append, type FieldError, field } from '@kubets/apimachinery'
import type { EphemeralContainer } from '../containers.ts'
import { items } from './checks.ts'
import { type PodContext, validateCommon, validateImage } from './containers.ts'

const notAllowed = 'cannot be set for an Ephemeral Container'

/** What a container that is added while the pod runs may not have, in upstream's order. */
const forbiddenFields = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
] as const

/** `resources: {}` is as good as none; an empty probe is one. */
const isSet = (name: string, value: unknown) =>
  value !== undefined && !(name === 'resources' && Object.keys(value as object).length === 0)

export function validateEphemeralContainers(
  containers: readonly EphemeralContainer[] | undefined,
  path: string,
  context: PodContext,
): FieldError[] {
  if (!containers?.length) return []
  const { spec } = context
  const others = new Set([...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(({ name }) => name))
  const names = new Set(others)
  return items(containers, path, (container, at) => {
    const { name = '', targetContainerName: target } = container
    const errors = validateCommon(container, at, context)
    append(errors, validateImage(container.image ?? '', `${at}.image`))
    if (names.has(name)) errors.push(field.duplicate(`${at}.name`, name))
    names.add(name)
    if (target && !others.has(target)) errors.push(field.notFound(`${at}.targetContainerName`, target))
    for (const one of forbiddenFields) {
      if (isSet(one, container[one])) errors.push(field.forbidden(`${at}.${one}`, notAllowed))
    }
    container.volumeMounts?.forEach((mount, index) => {
      for (const one of ['subPath', 'subPathExpr'] as const) {
        if (mount[one]) errors.push(field.forbidden(`${at}.volumeMounts[${index}].${one}`, notAllowed))
      }
    })
    return errors
  })
}
