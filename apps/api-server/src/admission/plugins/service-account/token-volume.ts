import type { Pod } from '@kubets/api-types'
import { generateName } from '@kubets/apimachinery'

type PodSpec = NonNullable<Pod['spec']>
type Volume = NonNullable<PodSpec['volumes']>[number]

const volumeName = 'kube-api-access-'
/** Where client libraries look for the token, the cluster's authority and the pod's namespace. */
const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount'
/** One hour and seven seconds: by this very figure the server knows a token that it may let live longer. */
const expirationSeconds = 3_607

/** Mounts the pod's own token in every container that has nothing else at its place. */
export function mountToken(spec: PodSpec): void {
  const own = (spec.volumes ?? []).find(({ name }) => name.startsWith(volumeName))
  const name = own?.name ?? generateName(volumeName)
  const inInit = mountIn(spec.initContainers, name)
  const mounted = mountIn(spec.containers, name) || inInit
  if (own === undefined && mounted) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)]
}

/** Says whether it is mounted anywhere. */
function mountIn(containers: PodSpec['containers'] | undefined, name: string): boolean {
  let mounted = false
  for (const container of containers ?? []) {
    if (container.volumeMounts?.some(isAtItsPlace)) continue
    container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath }]
    mounted = true
  }
  return mounted
}

const isAtItsPlace = (mount: { readonly mountPath?: string }): boolean => mount.mountPath === mountPath

const tokenVolume = (name: string): Volume => ({
  name,
  projected: {
    sources: [
      { serviceAccountToken: { expirationSeconds, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      {
        downwardAPI: {
          items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
        },
      },
    ],
    defaultMode: 0o644,
  },
})
