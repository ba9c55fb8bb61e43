import { isDeepStrictEqual } from 'node:util'
import type { ConfigMap, KubeObject } from '@kubets/api-types'
import type { RequestHeaderOptions } from '../authentication/request-headers.ts'
import { guaranteedUpdate } from '../resources/guaranteed-update.ts'
import { fillNewMeta } from '../resources/object-meta.ts'
import { keyOf } from '../resources/rest.ts'
import { trackOwnWrite } from '../resources/steps/managed-fields.ts'
import type { BootstrapPart } from './part.ts'

const name = 'extension-apiserver-authentication'
const namespace = 'kube-system'

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
  async keep({ rest, clientCa, requestHeaders }) {
    const entry = rest.catalogue.byResource('', 'v1', 'configmaps')
    if (entry === undefined) return
    await guaranteedUpdate(rest, entry, {
      key: keyOf(entry, namespace, name),
      about: { group: '', resource: 'configmaps', name },
      dryRun: false,
      change(current) {
        const before = current?.object as ConfigMap | undefined
        const data = published(before?.data ?? {}, clientCa, requestHeaders)
        if (before !== undefined && isDeepStrictEqual(data, before.data ?? {})) return { do: 'nothing' }
        const object: KubeObject = { ...(before ?? { metadata: { name } }), data } as KubeObject
        object.metadata = { ...object.metadata }
        if (before === undefined) fillNewMeta(object, namespace, rest.clock.now())
        trackOwnWrite(rest, entry, object, before)
        return { do: 'put', object }
      },
    })
  },
}

/** What stands there, and what this server says. Lists are JSON; those of several servers are put together. */
function published(
  present: Readonly<Record<string, string>>,
  clientCa: string | undefined,
  proxies: RequestHeaderOptions | undefined,
): Record<string, string> {
  const data = { ...present }
  if (clientCa !== undefined) data['client-ca-file'] = together(present['client-ca-file'] ?? '', clientCa)
  if (proxies === undefined) return data
  const list = (name: string, ours: readonly string[]) => {
    const key = `requestheader-${name}`
    data[key] = JSON.stringify([...new Set([...listOf(present[key]), ...ours])].sort())
  }
  list('allowed-names', proxies.allowedNames)
  // one server that believes any name believes them all
  if (proxies.allowedNames.length === 0 || present['requestheader-allowed-names'] === '[]')
    data['requestheader-allowed-names'] = '[]'
  data['requestheader-client-ca-file'] = together(present['requestheader-client-ca-file'] ?? '', proxies.ca)
  list('extra-headers-prefix', proxies.extraPrefixes)
  list('group-headers', proxies.groupHeaders)
  list('uid-headers', proxies.uidHeaders)
  list('username-headers', proxies.usernameHeaders)
  return data
}

function listOf(text: string | undefined): string[] {
  try {
    const value: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(value) ? value.filter(one => typeof one === 'string') : []
  } catch {
    return []
  }
}

/** The certificates of both, each once. */
function together(present: string, ours: string): string {
  const certificates = (pem: string) => pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
  return [...new Set([...certificates(present), ...certificates(ours)])].map(pem => `${pem}\n`).join('')
}
