import type { ConfigMap, KubeObject } from '@kubets/api-types'
import { guaranteedUpdate } from '../resources/guaranteed-update.ts'
import { fillNewMeta } from '../resources/object-meta.ts'
import { keyOf } from '../resources/rest.ts'
import { trackOwnWrite } from '../resources/steps/managed-fields.ts'
import type { BootstrapPart } from './part.ts'

const name = 'extension-apiserver-authentication'
const namespace = 'kube-system'
const file = 'client-ca-file'

/**
 * ConfigMap `kube-system/extension-apiserver-authentication`: whom other API servers may believe, and the role that lets them read it. Authorities
 * of several api-servers stand in it together.
 */
export const clusterAuthentication: BootstrapPart = {
  objects({ rest, rbac }) {
    // with RBAC it is one of the roles that every cluster has
    if (rbac) return []
    const role = rest.catalogue.byResource('rbac.authorization.k8s.io', 'v1', 'roles')
    if (role === undefined) return []
    const object = {
      metadata: {
        name: `${name}-reader`,
        namespace,
        labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
        annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
      },
      rules: [{ apiGroups: [''], resources: ['configmaps'], resourceNames: [name], verbs: ['get', 'list', 'watch'] }],
    }
    return [[role, object as KubeObject]]
  },
  async keep({ rest, clientCa }) {
    const entry = rest.catalogue.byResource('', 'v1', 'configmaps')
    if (entry === undefined) return
    await guaranteedUpdate(rest, entry, {
      key: keyOf(entry, namespace, name),
      about: { group: '', resource: 'configmaps', name },
      dryRun: false,
      change(current) {
        const before = current?.object as ConfigMap | undefined
        const data = { ...before?.data, [file]: together(before?.data?.[file] ?? '', clientCa) }
        if (before !== undefined && data[file] === before.data?.[file]) return { do: 'nothing' }
        const object: KubeObject = { ...(before ?? { metadata: { name } }), data } as KubeObject
        object.metadata = { ...object.metadata }
        if (before === undefined) fillNewMeta(object, namespace, rest.clock.now())
        trackOwnWrite(rest, entry, object, before)
        return { do: 'put', object }
      },
    })
  },
}

/** The certificates of both, each once. */
function together(present: string, ours: string): string {
  const certificates = (pem: string) => pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
  return [...new Set([...certificates(present), ...certificates(ours)])].map(pem => `${pem}\n`).join('')
}
