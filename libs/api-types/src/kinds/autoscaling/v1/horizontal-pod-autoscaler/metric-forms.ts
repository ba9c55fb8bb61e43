import type { MetricSpec, MetricStatus } from '../../types.ts'

/**
 * Metrics as `autoscaling/v1` writes them into annotations: each source has its own names for name, selector, wanted and present
 * amounts. Between the two forms nothing is lost but a target's type, which its amounts tell.
 */
export interface MetricSpecV1 {
  type: string
  object?: { target: Reference; metricName: string; targetValue?: string; selector?: Selector; averageValue?: string }
  pods?: { metricName: string; targetAverageValue?: string; selector?: Selector }
  resource?: ResourceV1
  containerResource?: ResourceV1 & { container: string }
  external?: { metricName: string; metricSelector?: Selector; targetValue?: string; targetAverageValue?: string }
}

export interface MetricStatusV1 {
  type: string
  object?: { target: Reference; metricName: string; currentValue?: string; selector?: Selector; averageValue?: string }
  pods?: { metricName: string; currentAverageValue?: string; selector?: Selector }
  resource?: CurrentV1
  containerResource?: CurrentV1 & { container: string }
  external?: { metricName: string; metricSelector?: Selector; currentValue?: string; currentAverageValue?: string }
}

type ObjectSource = NonNullable<MetricSpec['object']>
type Reference = ObjectSource['describedObject']
type Selector = NonNullable<ObjectSource['metric']['selector']>
type Target = ObjectSource['target']

interface ResourceV1 {
  name: string
  targetAverageUtilization?: number
  targetAverageValue?: string
}

interface CurrentV1 {
  name: string
  currentAverageUtilization?: number
  currentAverageValue?: string
}

/** What is left out where a struct stands: a status is stored as its controller sends it. */
const noReference: Reference = { kind: '', name: '' }

/** Of an object, only the members that are set. */
function set<T extends object>(object: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T
}

const zero = (value: string | undefined) =>
  value === undefined || /^[+-]?0*(\.0*)?([A-Za-z]*|[eE][+-]?\d+)$/.test(value)

export function specToV1(metric: MetricSpec): MetricSpecV1 {
  const { type, object, pods, resource, containerResource, external } = metric
  return set<MetricSpecV1>({
    type,
    object: object && {
      target: object.describedObject ?? noReference,
      metricName: object.metric?.name ?? '',
      ...set({
        targetValue: object.target?.value,
        selector: object.metric?.selector,
        averageValue: object.target?.averageValue,
      }),
    },
    pods: pods && {
      metricName: pods.metric?.name ?? '',
      ...set({ targetAverageValue: pods.target?.averageValue, selector: pods.metric?.selector }),
    },
    resource: resource && resourceToV1(resource),
    containerResource: containerResource && {
      ...resourceToV1(containerResource),
      container: containerResource.container,
    },
    external: external && {
      metricName: external.metric?.name ?? '',
      ...set({
        metricSelector: external.metric?.selector,
        targetValue: external.target?.value,
        targetAverageValue: external.target?.averageValue,
      }),
    },
  })
}

const resourceToV1 = ({ name, target }: { name: string; target?: Target }): ResourceV1 => ({
  name,
  ...set({ targetAverageUtilization: target?.averageUtilization, targetAverageValue: target?.averageValue }),
})

export function specFromV1(metric: MetricSpecV1): MetricSpec {
  const { type, object, pods, resource, containerResource, external } = metric
  return set<MetricSpec>({
    type,
    object: object && {
      describedObject: object.target ?? noReference,
      target: objectTarget(object.targetValue ?? '0', object.averageValue),
      metric: identifier(object.metricName, object.selector),
    },
    pods: pods && {
      target: { type: 'AverageValue', averageValue: pods.targetAverageValue ?? '0' },
      metric: identifier(pods.metricName, pods.selector),
    },
    resource: resource && { name: resource.name, target: resourceTarget(resource) },
    containerResource: containerResource && {
      name: containerResource.name,
      container: containerResource.container,
      target: resourceTarget(containerResource),
    },
    external: external && {
      target: {
        type: external.targetValue === undefined ? 'AverageValue' : 'Value',
        ...set({ value: external.targetValue, averageValue: external.targetAverageValue }),
      },
      metric: identifier(external.metricName, external.metricSelector),
    },
  })
}

const identifier = (name = '', selector?: Selector) => ({ name, ...set({ selector }) })

/** `v1` cannot leave the value out: beside an average a zero means that there is none. */
function objectTarget(value: string, average: string | undefined): Target {
  if (average === undefined) return { type: 'Value', value }
  return { type: 'AverageValue', averageValue: average, ...(zero(value) ? {} : { value }) }
}

const resourceTarget = ({ targetAverageUtilization: utilization, targetAverageValue: value }: ResourceV1): Target => ({
  type: utilization === undefined ? 'AverageValue' : 'Utilization',
  ...set({ averageValue: value, averageUtilization: utilization }),
})

export function statusToV1(metric: MetricStatus): MetricStatusV1 {
  const { type, object, pods, resource, containerResource, external } = metric
  return set<MetricStatusV1>({
    type,
    object: object && {
      target: object.describedObject ?? noReference,
      metricName: object.metric?.name ?? '',
      ...set({
        currentValue: object.current?.value,
        selector: object.metric?.selector,
        averageValue: object.current?.averageValue,
      }),
    },
    pods: pods && {
      metricName: pods.metric?.name ?? '',
      ...set({ currentAverageValue: pods.current?.averageValue, selector: pods.metric?.selector }),
    },
    resource: resource && currentToV1(resource.name, resource.current),
    containerResource: containerResource && {
      ...currentToV1(containerResource.name, containerResource.current),
      container: containerResource.container,
    },
    external: external && {
      metricName: external.metric?.name ?? '',
      ...set({
        metricSelector: external.metric?.selector,
        currentValue: external.current?.value,
        currentAverageValue: external.current?.averageValue,
      }),
    },
  })
}

type Current = NonNullable<MetricStatus['resource']>['current']

const currentToV1 = (name: string, current: Current | undefined): CurrentV1 => ({
  name,
  ...set({ currentAverageUtilization: current?.averageUtilization, currentAverageValue: current?.averageValue }),
})

export function statusFromV1(metric: MetricStatusV1): MetricStatus {
  const { type, object, pods, resource, containerResource, external } = metric
  return set<MetricStatus>({
    type,
    object: object && {
      metric: identifier(object.metricName, object.selector),
      current: { value: object.currentValue ?? '0', ...set({ averageValue: object.averageValue }) },
      describedObject: object.target ?? noReference,
    },
    pods: pods && {
      metric: identifier(pods.metricName, pods.selector),
      current: { averageValue: pods.currentAverageValue ?? '0' },
    },
    resource: resource && { name: resource.name, current: currentFromV1(resource) },
    containerResource: containerResource && {
      name: containerResource.name,
      container: containerResource.container,
      current: currentFromV1(containerResource),
    },
    external: external && {
      metric: identifier(external.metricName, external.metricSelector),
      current: { value: external.currentValue ?? '0', ...set({ averageValue: external.currentAverageValue }) },
    },
  })
}

const currentFromV1 = ({ currentAverageUtilization, currentAverageValue = '0' }: CurrentV1): Current => ({
  averageValue: currentAverageValue,
  ...set({ averageUtilization: currentAverageUtilization }),
})
