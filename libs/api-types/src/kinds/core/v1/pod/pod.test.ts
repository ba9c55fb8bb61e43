import { describe, expect, it } from 'vitest'
import type { Container, Pod, PodSpec } from '../../../../wire.ts'
import { pod as entry } from './index.ts'
import { qosClass } from './qos.ts'

const create = { subresource: 'create', now: 0 }
const update = { subresource: 'update', now: 0 }

function make(spec: Partial<PodSpec> = {}, container: Partial<Container> = {}): Pod {
  const containers = [{ name: 'main', image: 'busybox:1.36', ...container }]
  const pod: Pod = { metadata: { name: 'p', namespace: 'default' }, spec: { containers, ...spec } }
  entry.applyDefaults(pod)
  return pod
}

const errors = (pod: Pod) => entry.strategy.validate(pod, create).map(({ field, message }) => `${field}: ${message}`)

describe('a pod’s defaults', () => {
  it('are upstream’s', () => {
    expect(make().spec).toEqual({
      containers: [
        {
          name: 'main',
          image: 'busybox:1.36',
          imagePullPolicy: 'IfNotPresent',
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
        },
      ],
      dnsPolicy: 'ClusterFirst',
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      securityContext: {},
      schedulerName: 'default-scheduler',
      enableServiceLinks: true,
    })
  })

  it.each([
    ['busybox', 'Always'],
    ['busybox:latest', 'Always'],
    ['localhost:5000/busybox', 'Always'],
    ['localhost:5000/busybox:1', 'IfNotPresent'],
    ['busybox@sha256:abc', 'IfNotPresent'],
  ])('pull %s %s', (image, policy) => {
    expect(make({}, { image }).spec?.containers[0]?.imagePullPolicy).toBe(policy)
  })

  it('request what is limited, probe as usual, open host ports in the host’s network', () => {
    const pod = make(
      { hostNetwork: true },
      {
        ports: [{ containerPort: 80 }],
        resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } },
        livenessProbe: { httpGet: { port: 80 } },
      },
    )
    expect(pod.spec?.containers[0]).toMatchObject({
      ports: [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }],
      resources: { requests: { cpu: '500m', memory: '1Gi' } },
      livenessProbe: {
        httpGet: { path: '/', scheme: 'HTTP' },
        timeoutSeconds: 1,
        periodSeconds: 10,
        successThreshold: 1,
        failureThreshold: 3,
      },
    })
  })

  it('of volumes', () => {
    const pod = make({
      volumes: [
        { name: 'none' },
        { name: 'secret', secret: { secretName: 's' } },
        { name: 'host', hostPath: { path: '/x' } },
        { name: 'token', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } },
      ],
    })
    expect(pod.spec?.volumes).toEqual([
      { name: 'none', emptyDir: {} },
      { name: 'secret', secret: { secretName: 's', defaultMode: 420 } },
      { name: 'host', hostPath: { path: '/x', type: '' } },
      {
        name: 'token',
        projected: { defaultMode: 420, sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 3600 } }] },
      },
    ])
  })
})

describe('a pod is refused', () => {
  it('never when it is good', () => {
    const pod = make(
      { volumes: [{ name: 'v', emptyDir: {} }], tolerations: [{ operator: 'Exists' }] },
      {
        volumeMounts: [{ name: 'v', mountPath: '/v' }],
        env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
      },
    )
    expect(errors(pod)).toEqual([])
  })

  it.each<[Pod, string]>([
    [make({ containers: [] }), 'spec.containers: Required value'],
    [make({ containers: undefined as never }), 'spec.containers: Required value'],
    [make({ containers: undefined as never, resources: { limits: { cpu: '1' } } }), 'spec.containers: Required value'],
    [make({}, { image: '' }), 'spec.containers[0].image: Required value'],
    [
      make({}, { image: ' x' }),
      'spec.containers[0].image: Invalid value: " x": must not have leading or trailing whitespace',
    ],
    [
      make({}, { imagePullPolicy: 'Sometimes' }),
      'spec.containers[0].imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"',
    ],
    [
      make({ restartPolicy: 'No' }),
      'spec.restartPolicy: Unsupported value: "No": supported values: "Always", "OnFailure", "Never"',
    ],
    [make({ initContainers: [{ name: 'main', image: 'x' }] }), 'spec.initContainers[0].name: Duplicate value: "main"'],
    [
      make({}, { volumeMounts: [{ name: 'v', mountPath: '/v' }] }),
      'spec.containers[0].volumeMounts[0].name: Not found: "v"',
    ],
    [
      make({ volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/' } }] }),
      'spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type',
    ],
    [
      make({}, { ports: [{ containerPort: 70000 }] }),
      'spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
    ],
    [
      make({}, { resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }),
      'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
    ],
    [
      make({}, { resources: { limits: { cpu: '-1' } } }),
      'spec.containers[0].resources.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0',
    ],
    [
      make({}, { resources: { limits: { gpu: '1' } } }),
      'spec.containers[0].resources.limits[gpu]: Invalid value: "gpu": must be a standard resource for containers',
    ],
    [make({}, { livenessProbe: {} }), 'spec.containers[0].livenessProbe: Required value: must specify a handler type'],
    [make({}, { env: [{ name: '' }] }), 'spec.containers[0].env[0].name: Required value'],
    [
      make({}, { env: [{ name: 'A', value: 'x', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } }] }),
      'spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty',
    ],
    [make({ nodeName: 'A B' }), 'spec.nodeName: Invalid value: "A B"'],
    [
      make({ tolerations: [{ value: 'x' }] }),
      'spec.tolerations[0].operator: Invalid value: "": operator must be Exists when `key` is empty, which means "match all values and all keys"',
    ],
    [make({ dnsPolicy: 'None' }), 'spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None'],
    [
      make({ activeDeadlineSeconds: 0 }),
      'spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive',
    ],
    [
      make({}, { securityContext: { privileged: true, allowPrivilegeEscalation: false } }),
      'cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
    ],
    [
      make({ initContainers: [{ name: 'i', image: 'x', readinessProbe: { tcpSocket: { port: 1 } } }] }),
      'spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
    ],
    [
      make({ ephemeralContainers: [{ name: 'e', image: 'x' }] }),
      'spec.ephemeralContainers: Forbidden: cannot be set on create',
    ],
  ])('%#', (pod, message) => {
    expect(errors(pod).join('\n')).toContain(message)
  })
})

describe('an update of a pod', () => {
  const stored = make()
  entry.strategy.prepareForCreate(stored, create)
  stored.metadata = { ...stored.metadata, resourceVersion: '1', uid: 'u' }

  function changed(change: (pod: Pod & { spec: PodSpec }) => void) {
    const pod = structuredClone(stored) as Pod & { spec: PodSpec }
    change(pod)
    entry.strategy.prepareForUpdate(pod, stored, update)
    return { pod, errors: entry.strategy.validateUpdate(pod, stored, update) }
  }

  it('may change images and add tolerations, which raises the generation', () => {
    const { pod, errors } = changed(({ spec }) => {
      const [container] = spec.containers
      if (container) container.image = 'busybox:1.37'
      spec.tolerations = [{ key: 'a', operator: 'Exists' }]
    })
    expect(errors).toEqual([])
    expect(pod.metadata?.generation).toBe(2)
  })

  it('may not change the rest of the spec', () => {
    const { errors } = changed(({ spec }) => {
      spec.hostPID = true
    })
    expect(errors[0]?.message).toContain(
      'Forbidden: pod updates may not change fields other than `spec.containers[*].image`',
    )
    expect(errors[0]?.message).toContain('-  "HostPID": false,\n+  "HostPID": true,\n')
  })

  it('may not add containers', () => {
    const { errors } = changed(({ spec }) => {
      spec.containers.push({ ...(spec.containers[0] as Container), name: 'more' })
    })
    expect(errors).toContainEqual({
      reason: 'FieldValueForbidden',
      message: 'Forbidden: pod updates may not add or remove containers',
      field: 'spec.containers',
    })
  })

  it('leaves the status alone, and an update of the status the spec', () => {
    const { pod } = changed(other => {
      other.status = { phase: 'Running' }
    })
    expect(pod.status?.phase).toBe('Pending')
    const status = structuredClone(stored) as Pod & { spec: PodSpec }
    status.status = { phase: 'Running' }
    status.spec.nodeName = 'n'
    entry.strategy.prepareForUpdate(status, stored, { subresource: 'status', now: 0 })
    expect([status.status, status.spec.nodeName]).toEqual([{ phase: 'Running', qosClass: 'BestEffort' }, undefined])
  })
})

describe('the grace of a delete', () => {
  it.each([
    [{ spec: { containers: [], nodeName: 'n', terminationGracePeriodSeconds: 30 } }, undefined, 30],
    [{ spec: { containers: [], nodeName: 'n', terminationGracePeriodSeconds: 30 } }, 5, 5],
    [{ spec: { containers: [] } }, 30, 0],
    [{ spec: { containers: [], nodeName: 'n' }, status: { phase: 'Succeeded' } }, 30, 0],
  ])('%#', (pod, requested, seconds) => {
    expect(entry.strategy.gracePeriod?.(pod, requested)).toBe(seconds)
  })
})

describe('the quality of service', () => {
  const all = { cpu: '1', memory: '1Gi' }
  it.each<[Container['resources'], string]>([
    [undefined, 'BestEffort'],
    [{ limits: { cpu: '0' } }, 'BestEffort'],
    [{ limits: all, requests: all }, 'Guaranteed'],
    [{ limits: all, requests: { cpu: '1000m', memory: '1024Mi' } }, 'Guaranteed'],
    [{ limits: all, requests: { cpu: '500m' } }, 'Burstable'],
    [{ requests: { cpu: '1' } }, 'Burstable'],
  ])('%#', (resources, expected) => {
    expect(qosClass(make({}, resources === undefined ? {} : { resources }))).toBe(expected)
  })
})

describe('a row of kubectl get pods', () => {
  const now = Date.parse('2024-01-01T01:00:00Z')
  const at = '2024-01-01T00:59:50Z'
  const status = (name: string, state: object, more: object = {}) => ({
    name,
    image: 'x',
    imageID: '',
    ready: false,
    restartCount: 0,
    state,
    ...more,
  })
  const running = { running: { startedAt: at } }
  const ended = (exitCode: number, reason?: string) => ({ terminated: { exitCode, ...(reason ? { reason } : {}) } })
  const initContainers = [
    { name: 'i', image: 'x' },
    { name: 'j', image: 'x' },
  ]

  it.each<[string, Pod, string[]]>([
    ['pending', { spec: { containers: [{ name: 'a' }] }, status: { phase: 'Pending' } }, ['0/1', 'Pending', '0']],
    [
      'running',
      {
        spec: { containers: [{ name: 'a' }] },
        status: { phase: 'Running', containerStatuses: [status('a', running, { ready: true })] },
      },
      ['1/1', 'Running', '0'],
    ],
    [
      'crashing, with its last restart',
      {
        spec: { containers: [{ name: 'a' }] },
        status: {
          phase: 'Running',
          containerStatuses: [
            status(
              'a',
              { waiting: { reason: 'CrashLoopBackOff' } },
              { restartCount: 2, lastState: { terminated: { exitCode: 1, finishedAt: at } } },
            ),
          ],
        },
      },
      ['0/1', 'CrashLoopBackOff', '2 (10s ago)'],
    ],
    [
      'completed',
      {
        spec: { containers: [{ name: 'a' }] },
        status: { phase: 'Succeeded', containerStatuses: [status('a', ended(0, 'Completed'))] },
      },
      ['0/1', 'Completed', '0'],
    ],
    [
      'ended without a reason',
      {
        spec: { containers: [{ name: 'a' }] },
        status: { phase: 'Failed', containerStatuses: [status('a', ended(3))] },
      },
      ['0/1', 'ExitCode:3', '0'],
    ],
    [
      'initializing',
      {
        spec: { containers: [{ name: 'a' }], initContainers },
        status: { phase: 'Pending', initContainerStatuses: [status('i', ended(0)), status('j', running)] },
      },
      ['0/1', 'Init:1/2', '0'],
    ],
    [
      'failing to initialize',
      {
        spec: { containers: [{ name: 'a' }], initContainers },
        status: { phase: 'Pending', initContainerStatuses: [status('i', ended(1, 'Error'))] },
      },
      ['0/1', 'Init:Error', '0'],
    ],
    [
      'with a sidecar',
      {
        spec: { containers: [{ name: 'a' }], initContainers: [{ name: 'i', restartPolicy: 'Always' }] },
        status: {
          phase: 'Running',
          initContainerStatuses: [status('i', running, { ready: true, started: true })],
          containerStatuses: [status('a', running, { ready: true })],
        },
      },
      ['2/2', 'Running', '0'],
    ],
    [
      'ending',
      {
        metadata: { deletionTimestamp: at },
        spec: { containers: [{ name: 'a' }] },
        status: { phase: 'Running', containerStatuses: [status('a', running, { ready: true })] },
      },
      ['1/1', 'Terminating', '0'],
    ],
    [
      'held back',
      {
        spec: { containers: [{ name: 'a' }] },
        status: {
          phase: 'Pending',
          conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
        },
      },
      ['0/1', 'SchedulingGated', '0'],
    ],
    [
      'evicted',
      { spec: { containers: [{ name: 'a' }] }, status: { phase: 'Failed', reason: 'Evicted' } },
      ['0/1', 'Evicted', '0'],
    ],
  ])('%s', (_what, pod, expected) => {
    expect(entry.cells(pod, now).slice(1, 4)).toEqual(expected)
  })
})
