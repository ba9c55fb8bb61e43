import type { FieldType } from '../../schema/message.ts'
import { builtinSchemas } from '../../schema/schema.ts'
import { moved, renamed } from './internal-names.ts'

/**
 * A value as upstream's errors show it: they print its internal Go type, whose fields have Go's names, are all there, and are null where
 * nothing is set. Types of apimachinery have tags there too and look as in JSON.
 */
export function internalForm(message: string, value: unknown): unknown {
  return ofMessage(message, value ?? {})
}

const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'

function ofMessage(name: string, value: unknown): unknown {
  const given = value as Readonly<Record<string, unknown>>
  if (name.startsWith('io.k8s.apimachinery.')) return JSON.parse(builtinSchemas.get(name).encode(given))
  const shown: Record<string, unknown> = {}
  const plain = name.slice('io.k8s.api.'.length)
  const names = renamed[plain]
  for (const { name: json, type, pointer } of builtinSchemas.message(name).fields) {
    const member = given[json]
    // a template's metadata is embedded: its fields stand among the others
    if (type.of === 'message' && type.name === objectMeta && name !== objectMeta) {
      Object.assign(shown, ofMessage(type.name, member ?? {}))
      continue
    }
    shown[names?.[json] ?? goName(json)] =
      member === undefined || member === null ? unset(type, pointer) : ofType(type, member)
  }
  if (plain === 'core.v1.PodSpec') return rearranged(withHostInContext(shown), plain)
  return moved[plain] === undefined ? shown : rearranged(shown, plain)
}

/** What a pod shares with its host stands in its security context, and its account has one name. */
function withHostInContext(spec: Record<string, unknown>): Record<string, unknown> {
  const { HostNetwork, HostPID, HostIPC, ShareProcessNamespace, HostUsers, ServiceAccount: _, ...rest } = spec
  const own = rest.SecurityContext ?? ofMessage('io.k8s.api.core.v1.PodSecurityContext', {})
  const host = { HostNetwork, HostPID, HostIPC, ShareProcessNamespace, HostUsers }
  return { ...rest, SecurityContext: { ...host, ...(own as object) } }
}

function rearranged(shown: Record<string, unknown>, message: string): Record<string, unknown> {
  const names = Object.keys(shown)
  for (const [name, after] of moved[message] ?? []) {
    names.splice(names.indexOf(name), 1)
    names.splice(names.indexOf(after) + 1, 0, name)
  }
  return Object.fromEntries(names.map(name => [name, shown[name]]))
}

function ofType(type: FieldType, value: unknown): unknown {
  switch (type.of) {
    case 'message':
      return ofMessage(type.name, value)
    case 'list':
      return Array.isArray(value) ? value.map(item => ofType(type.item, item)) : value
    case 'map':
      return Object.fromEntries(
        Object.entries(value as object)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, item]) => [key, ofType(type.item, item)]),
      )
    default:
      return value
  }
}

function unset(type: FieldType, pointer: boolean): unknown {
  if (pointer || type.of === 'list' || type.of === 'map') return null
  if (type.of === 'message') return ofMessage(type.name, {})
  if (type.of === 'choice') return null
  switch (type.scalar) {
    case 'string':
      return ''
    case 'bool':
      return false
    case 'Quantity':
      return '0'
    case 'int32':
    case 'int64':
    case 'float64':
    case 'IntOrString':
      return 0
    default:
      return null
  }
}

/** Words that Go writes in capitals where they begin a name. */
const initialisms =
  /^(api|uid|gid|fs|csi|ip|id|url|uri|nfs|rbd|iscsi|fc|pv|cel|dns|tls|tcp|http|gce|aws|gmsa|se|os|cpu|pd|io)(?=[A-Z]|s?$)/

/** Where the rule above does not give what upstream has. */
const irregular: Readonly<Record<string, string>> = {
  apiVersion: 'APIVersion',
  cephfs: 'CephFS',
  clusterIPs: 'ClusterIPs',
  grpc: 'GRPC',
  ipFamilies: 'IPFamilies',
  ips: 'IPs',
  networkData: 'NetworkData',
  pdName: 'PDName',
  pkixPublicKey: 'PKIXPublicKey',
  storageos: 'StorageOS',
  tty: 'TTY',
  volumeID: 'VolumeID',
  awsElasticBlockStore: 'AWSElasticBlockStore',
  gcePersistentDisk: 'GCEPersistentDisk',
  scaleIO: 'ScaleIO',
}

const goName = (json: string): string =>
  irregular[json] ??
  (initialisms.test(json)
    ? json.replace(initialisms, word => word.toUpperCase())
    : json.charAt(0).toUpperCase() + json.slice(1))
