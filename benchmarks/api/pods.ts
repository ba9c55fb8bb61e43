import { randomUUID } from 'node:crypto'

export const namespace = 'bench'

/** A pod as people run them: a web server with a sidecar, probes, environment and volumes. Every one is different. */
export function pod(name: string, manager = 'web'): object {
  const env = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ name: `SETTING_${i}`, value: `${name}-${i}-${manager}` }))
  const probe = (path: string) => ({
    httpGet: { path, port: 8080, scheme: 'HTTP' },
    initialDelaySeconds: 5,
    periodSeconds: 10,
    timeoutSeconds: 1,
    successThreshold: 1,
    failureThreshold: 3,
  })
  const resources = { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '500m', memory: '256Mi' } }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      labels: {
        app: manager,
        'pod-template-hash': '7d9f8b6c5d',
        tier: 'frontend',
        'app.kubernetes.io/part-of': 'shop',
      },
      annotations: {
        'prometheus.io/scrape': 'true',
        'prometheus.io/port': '8080',
        'example.com/checksum': randomUUID(),
      },
    },
    spec: {
      serviceAccountName: 'default',
      terminationGracePeriodSeconds: 30,
      volumes: [
        { name: 'config', configMap: { name: 'web-config' } },
        { name: 'cache', emptyDir: {} },
      ],
      containers: [
        {
          name: 'web',
          image: 'registry.example.com/shop/web:1.24.3',
          ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
          env: env(6),
          resources,
          readinessProbe: probe('/ready'),
          livenessProbe: probe('/live'),
          volumeMounts: [
            { name: 'config', mountPath: '/etc/web', readOnly: true },
            { name: 'cache', mountPath: '/var/cache/web' },
          ],
        },
        {
          name: 'proxy',
          image: 'registry.example.com/mesh/proxy:2.1.0',
          args: ['--log-level=info', '--admin-port=9901'],
          env: env(3),
          resources,
        },
      ],
      tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'web', effect: 'NoSchedule' }],
    },
  }
}

/** What a kubelet patches into a pod that runs. */
export function statusPatch(i: number): object {
  const at = new Date(1_764_000_000_000 + i * 1000).toISOString().replace(/\.\d+/, '')
  const condition = (type: string) => ({ type, status: 'True', lastProbeTime: null, lastTransitionTime: at })
  const container = (name: string, image: string) => ({
    name,
    image,
    imageID: `${image}@sha256:${'a1b2c3d4'.repeat(8)}`,
    containerID: `containerd://${'0f1e2d3c'.repeat(8)}`,
    ready: true,
    started: true,
    restartCount: i % 3,
    state: { running: { startedAt: at } },
    lastState: {},
  })
  return {
    status: {
      phase: 'Running',
      hostIP: '10.0.0.7',
      hostIPs: [{ ip: '10.0.0.7' }],
      podIP: `10.244.${(i >> 8) & 255}.${i & 255}`,
      podIPs: [{ ip: `10.244.${(i >> 8) & 255}.${i & 255}` }],
      startTime: at,
      conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(condition),
      containerStatuses: [
        container('web', 'registry.example.com/shop/web:1.24.3'),
        container('proxy', 'registry.example.com/mesh/proxy:2.1.0'),
      ],
    },
  }
}
