import { append, type FieldError, field, isDns1123Label, Quantity } from '@kubets/apimachinery'
import { validateContainerResourceName } from '../../../../core/v1/resource/checks.ts'
import type { HorizontalPodAutoscalerSpec, MetricSpec, MetricTarget } from '../../../types.ts'
import { type ReferenceRules, segment, validateReference } from './object-reference.ts'

const types = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource']

/** The source that each type has. */
const sourceOf = {
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
  External: 'external',
  ContainerResource: 'containerResource',
} as const satisfies Readonly<Record<string, keyof MetricSpec>>

/** In the order in which upstream looks for them. */
const sources = ['object', 'external', 'pods', 'resource', 'containerResource'] as const

type Source = (typeof sources)[number]

export function validateMetrics(spec: HorizontalPodAutoscalerSpec, rules: ReferenceRules): FieldError[] {
  const metrics = spec.metrics ?? []
  const errors = metrics.flatMap((metric, index) => validateMetric(metric, `spec.metrics[${index}]`, rules))
  const outside = metrics.some(({ type }) => type === 'Object' || type === 'External')
  if (spec.minReplicas === 0 && !outside) {
    const text = 'must specify at least one Object or External metric to support scaling to zero replicas'
    errors.push(field.forbidden('spec.metrics', text))
  }
  return errors
}

function validateMetric(metric: MetricSpec, path: string, rules: ReferenceRules): FieldError[] {
  const { type = '' } = metric
  const errors: FieldError[] = []
  if (type === '') errors.push(field.required(`${path}.type`, 'must specify a metric source type'))
  if (!types.includes(type)) errors.push(field.notSupported(`${path}.type`, type, types))
  const present = sources.filter(name => metric[name] !== undefined)
  const [first] = present
  if (first !== undefined) append(errors, checks[first](metric, `${path}.${first}`, rules))
  const expected: Source | undefined = Object.hasOwn(sourceOf, type)
    ? sourceOf[type as keyof typeof sourceOf]
    : undefined
  if (expected === undefined) errors.push(field.notSupported(`${path}.type`, type, types))
  else if (metric[expected] === undefined) {
    errors.push(field.required(`${path}.${expected}`, 'must populate information for the given metric source'))
  }
  if (present.length === 1) return errors
  for (const name of present) {
    if (name !== expected) errors.push(field.forbidden(`${path}.${name}`, 'must populate the given metric source only'))
  }
  return errors
}

type Check = (metric: MetricSpec, path: string, rules: ReferenceRules) => FieldError[]

const noName = 'must specify a metric name'

const checks: Readonly<Record<Source, Check>> = {
  object({ object }, path, rules) {
    const target = object?.target
    const errors = [
      ...validateReference(object?.describedObject, `${path}.describedObject`, rules),
      ...segment(object?.metric?.name, `${path}.metric.name`, noName),
      ...validateTarget(target, `${path}.target`),
    ]
    if (target?.value === undefined && target?.averageValue === undefined) {
      const text = 'must set either a target value or averageValue'
      errors.push(field.required(`${path}.target.averageValue`, text))
    }
    return errors
  },
  external({ external }, path) {
    const target = external?.target
    const errors = [
      ...segment(external?.metric?.name, `${path}.metric.name`, noName),
      ...validateTarget(target, `${path}.target`),
    ]
    const [value, average] = [target?.value !== undefined, target?.averageValue !== undefined]
    if (!value && !average) {
      const text = 'must set either a target value for metric or a per-pod target'
      errors.push(field.required(`${path}.target.averageValue`, text))
    }
    if (value && average) {
      const text = 'may not set both a target value for metric and a per-pod target'
      errors.push(field.forbidden(`${path}.target.value`, text))
    }
    return errors
  },
  pods({ pods }, path) {
    const errors = [
      ...segment(pods?.metric?.name, `${path}.metric.name`, noName),
      ...validateTarget(pods?.target, `${path}.target`),
    ]
    if (pods?.target?.averageValue === undefined) {
      errors.push(field.required(`${path}.target.averageValue`, 'must specify a positive target averageValue'))
    }
    return errors
  },
  resource({ resource }, path) {
    const errors = resource?.name ? [] : [field.required(`${path}.name`, 'must specify a resource name')]
    return [...errors, ...validateUtilization(resource?.target, `${path}.target`)]
  },
  containerResource({ containerResource: source }, path) {
    const errors: FieldError[] = []
    if (!source?.name) errors.push(field.required(`${path}.name`, 'must specify a resource name'))
    else append(errors, validateContainerResourceName(source.name, `${path}.name`))
    if (!source?.container) errors.push(field.required(`${path}.container`, 'must specify a container'))
    else {
      const { container } = source
      append(
        errors,
        isDns1123Label(container).map(text => field.invalid(`${path}.container`, container, text)),
      )
    }
    return [...errors, ...validateUtilization(source?.target, `${path}.target`)]
  },
}

function validateUtilization(target: MetricTarget | undefined, path: string): FieldError[] {
  const errors = validateTarget(target, path)
  const [utilization, value] = [target?.averageUtilization !== undefined, target?.averageValue !== undefined]
  if (!utilization && !value) {
    const text = 'must set either a target raw value or a target utilization'
    errors.push(field.required(`${path}.averageUtilization`, text))
  }
  if (utilization && value) {
    const text = 'may not set both a target raw value and a target utilization'
    errors.push(field.forbidden(`${path}.averageValue`, text))
  }
  return errors
}

const targetTypes = ['Utilization', 'Value', 'AverageValue']

function validateTarget(target: MetricTarget | undefined, path: string): FieldError[] {
  const { type = '', averageUtilization } = target ?? {}
  const errors: FieldError[] = []
  if (type === '') errors.push(field.required(`${path}.type`, 'must specify a metric target type'))
  if (!targetTypes.includes(type)) {
    errors.push(field.invalid(`${path}.type`, type, 'must be either Utilization, Value, or AverageValue'))
  }
  for (const name of ['value', 'averageValue'] as const) {
    const text = target?.[name]
    if (text === undefined) continue
    const quantity = Quantity.parse(text)
    if (quantity.sign() <= 0) errors.push(field.invalid(`${path}.${name}`, quantity.toString(), 'must be positive'))
  }
  if (averageUtilization !== undefined && averageUtilization < 1) {
    errors.push(field.invalid(`${path}.averageUtilization`, averageUtilization, 'must be greater than 0'))
  }
  return errors
}
