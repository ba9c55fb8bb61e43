import { X509Certificate } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { ConfigMap, KubeObject } from '@kubets/api-types'
import { followedOf } from '@kubets/component'
import type { RequestHeaderOptions } from '../authentication/request-headers.ts'
import { guaranteedUpdate } from '../resources/guaranteed-update.ts'
import { fillNewMeta } from '../resources/object-meta.ts'
import { keyOf } from '../resources/rest.ts'
import { trackOwnWrite } from '../resources/steps/managed-fields.ts'
import type { BootstrapPart } from './part.ts'

const name = 'extension-apiserver-authentication'
const namespace = 'kube-system'

/**
 * ConfigMap `kube-system/extension-apiserver-authentication`: whom other API servers may believe. Authorities of several api-servers stand in it
 * together. The role that lets them read it is one of RBAC's.
 */
export const clusterAuthentication: BootstrapPart = {
  async keep({ rest, clientCa, requestHeaders }) {
    const entry = rest.catalogue.byResource('', 'v1', 'configmaps')
    if (entry === undefined) return
    await guaranteedUpdate(rest, entry, {
      key: keyOf(entry, namespace, name),
      about: { group: '', resource: 'configmaps', name },
      dryRun: false,
      change(current) {
        const before = current?.object as ConfigMap | undefined
        const data = published(before?.data ?? {}, clientCa?.current, requestHeaders, rest.clock.now())
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
  now: number,
): Record<string, string> {
  const data = { ...present }
  if (clientCa !== undefined) data['client-ca-file'] = together(present['client-ca-file'] ?? '', clientCa, now)
  if (proxies === undefined) return data
  const list = (name: string, ours: readonly string[]) => {
    const key = `requestheader-${name}`
    data[key] = JSON.stringify([...new Set([...listOf(present[key]), ...ours])].sort())
  }
  list('allowed-names', proxies.allowedNames)
  // one server that believes any name believes them all
  if (proxies.allowedNames.length === 0 || present['requestheader-allowed-names'] === '[]')
    data['requestheader-allowed-names'] = '[]'
  const { current: proxyCa } = followedOf(proxies.ca)
  data['requestheader-client-ca-file'] = together(present['requestheader-client-ca-file'] ?? '', proxyCa, now)
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

/** Clocks differ: what ended so short ago (ms) is still published, as upstream. */
const slack = 300_000

/** The certificates of both, each once, without those that have ended: an authority that was replaced leaves by itself. */
function together(present: string, ours: string, now: number): string {
  const certificates = (pem: string) => pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
  return [...new Set([...certificates(present), ...certificates(ours)])]
    .filter(pem => endOf(pem) > now - slack)
    .map(pem => `${pem}\n`)
    .join('')
}

function endOf(pem: string): number {
  try {
    return new X509Certificate(pem).validToDate.getTime()
  } catch {
    return Number.NEGATIVE_INFINITY
  }
}
