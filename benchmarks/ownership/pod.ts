/** A pod as a ReplicaSet makes it: two containers with probes, ports and limits, about 2.8 KB. */
export function typicalPod(i: number) {
  const probe = { httpGet: { path: '/', port: 80, scheme: 'HTTP' }, timeoutSeconds: 1, periodSeconds: 10 }
  const container = (n: number) => ({
    name: `c${n}`,
    image: `nginx:${n}`,
    command: ['nginx', '-g', 'daemon off;'],
    ports: [{ containerPort: 80 + n, protocol: 'TCP', name: 'http' }],
    env: [
      { name: 'A', value: '1' },
      { name: 'B', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
      { name: 'C', value: String(i) },
    ],
    resources: { limits: { cpu: '500m', memory: '128Mi' }, requests: { cpu: '250m', memory: '64Mi' } },
    volumeMounts: [{ name: 'kube-api-access', readOnly: true, mountPath: '/var/run/secrets' }],
    livenessProbe: { ...probe, successThreshold: 1, failureThreshold: 3 },
    readinessProbe: { ...probe, successThreshold: 1, failureThreshold: 3 },
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: 'IfNotPresent',
  })
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `web-${i}`,
      generateName: 'web-',
      namespace: 'default',
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { app: 'web', 'pod-template-hash': `abc${i % 10}`, tier: 'front' },
      annotations: { 'example.com/a': `x${i}`, 'example.com/b': 'y' },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: 'web',
          uid: 'r',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      volumes: [
        {
          name: 'kube-api-access',
          projected: {
            sources: [
              { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
              { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
            ],
            defaultMode: 420,
          },
        },
      ],
      containers: [container(1), container(2)],
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      serviceAccountName: 'default',
      serviceAccount: 'default',
      securityContext: {},
      schedulerName: 'default-scheduler',
      tolerations: [
        { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      ],
      priority: 0,
      enableServiceLinks: true,
      preemptionPolicy: 'PreemptLowerPriority',
    },
    status: {},
  }
}

export type TypicalPod = ReturnType<typeof typicalPod>

/** The same as its kubelet reports it, the `n`th time. */
export function withStatus(pod: TypicalPod, n: number): object {
  const since = `2026-01-01T00:00:0${n}Z`
  return {
    ...pod,
    metadata: { ...pod.metadata, uid: 'u' },
    status: {
      phase: 'Running',
      conditions: ['Ready', 'PodScheduled', 'Initialized', 'ContainersReady'].map(type => ({
        type,
        status: 'True',
        lastProbeTime: null,
        lastTransitionTime: since,
      })),
      hostIP: '10.0.0.1',
      podIP: `10.0.0.${n}`,
      podIPs: [{ ip: `10.0.0.${n}` }],
      startTime: since,
      containerStatuses: [1, 2].map(k => ({
        name: `c${k}`,
        state: { running: { startedAt: since } },
        lastState: {},
        ready: true,
        restartCount: n,
        image: 'nginx',
        imageID: 'sha256:1',
        containerID: `containerd://${n}`,
        started: true,
      })),
    },
  }
}
