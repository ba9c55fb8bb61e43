import { append, type FieldError, field, Quantity } from '@kubets/apimachinery'
import type { PodSpec } from '../../../../../wire.ts'
import { validatePodResourceName } from '../../resource/checks.ts'
import { isHugePages } from '../../resource/names.ts'
import { aggregate } from '../aggregate-resources.ts'
import { validateResources } from './resources.ts'
import type { PodRules } from './rules.ts'

/** Resources of the whole pod, and that its containers fit into them. */
export function validatePodResources(
  spec: PodSpec,
  path: string,
  claims: ReadonlySet<string>,
  rules: PodRules,
): FieldError[] {
  const { resources } = spec
  if (resources === undefined) return []
  if (spec.os?.name === 'windows') return [field.forbidden(path, 'may not be set for a windows pod')]
  const errors: FieldError[] = []
  if (resources.claims !== undefined) {
    errors.push(field.forbidden(`${path}.claims`, 'claims may not be set for Resources at pod-level'))
  }
  append(errors, validateResources(resources, path, claims, rules, validatePodResourceName))
  return [...errors, ...validateFit(spec, path)]
}

/** Names come from users: `constructor` is one that every object inherits. */
const ownMember = (list: Readonly<Record<string, string>> | undefined, name: string) =>
  list !== undefined && Object.hasOwn(list, name) ? list[name] : undefined

function validateFit(spec: PodSpec, path: string): FieldError[] {
  const { requests, limits } = spec.resources ?? {}
  const errors: FieldError[] = []
  for (const [name, sum] of aggregate(spec, 'requests')) {
    const whole = ownMember(requests, name)
    if (whole === undefined || sum.compare(Quantity.parse(whole)) <= 0) continue
    const text = `must be greater than or equal to aggregate container requests of ${sum}`
    errors.push(field.invalid(`${path}.requests[${name}]`, Quantity.parse(whole).toString(), text))
  }
  for (const [name, sum] of aggregate(spec, 'limits')) {
    const whole = ownMember(limits, name)
    if (!isHugePages(name) || whole === undefined || sum.compare(Quantity.parse(whole)) <= 0) continue
    const text = `must be greater than or equal to aggregate container limits of ${sum}`
    errors.push(field.invalid(`${path}.limits[${name}]`, Quantity.parse(whole).toString(), text))
  }
  spec.containers?.forEach(({ resources }, index) => {
    for (const name in resources?.limits) {
      const whole = ownMember(limits, name)
      if (whole === undefined) continue
      const [own, all] = [Quantity.parse(resources.limits[name] ?? '0'), Quantity.parse(whole)]
      if (own.compare(all) <= 0) continue
      const text = `must be less than or equal to pod limits of ${all}`
      errors.push(field.invalid(`${path}.containers[${index}][${name}].limits`, own.toString(), text))
    }
  })
  return errors
}
