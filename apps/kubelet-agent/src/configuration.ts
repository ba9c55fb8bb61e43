import type { Taint } from '@kubets/api-types'
import { Quantity } from '@kubets/apimachinery'
import { parseDuration, UsageError } from '@kubets/component'
import { readAuth } from './configuration-auth.ts'
import type { KubeletAgentOptions } from './options.ts'

/** What a KubeletConfiguration file sets of our options, and what of it we do not know. */
export interface Configuration {
  options: Partial<Omit<KubeletAgentOptions, 'client' | 'runtime' | 'nodeName' | 'nodeIp'>>
  files: { tlsCert?: string; tlsKey?: string; clientCa?: string }
  /** In Go's words. */
  tls: { minVersion?: string; cipherSuites?: string[] }
  containerRuntimeEndpoint?: string
  imageServiceEndpoint?: string
  healthz: { host?: string; port?: number }
  /** Fields that are valid upstream but change nothing here. */
  ignored: readonly string[]
}

type Fields = Record<string, unknown>

/** Reads `kind: KubeletConfiguration` of kubelet.config.k8s.io/v1beta1. Throws {@link UsageError} that names the field. */
export function parseConfiguration(document: unknown, file: string): Configuration {
  const fail = (why: string) => new UsageError(`${file}: ${why}`)
  if (typeof document !== 'object' || document === null) throw fail('is not a KubeletConfiguration')
  const fields = document as Fields
  if (fields.kind !== 'KubeletConfiguration' || fields.apiVersion !== 'kubelet.config.k8s.io/v1beta1')
    throw fail('kind KubeletConfiguration of apiVersion kubelet.config.k8s.io/v1beta1 is needed')
  const known = new Set(['kind', 'apiVersion'])
  const read = <T>(name: string, check: (value: unknown) => T | undefined, what: string): T | undefined => {
    known.add(name)
    const value = fields[name]
    if (value === undefined || value === null) return undefined
    const result = check(value)
    if (result === undefined) throw fail(`${name} must be ${what}`)
    return result
  }
  const text = (name: string) => read(name, value => (typeof value === 'string' ? value : undefined), 'a string')
  const number = (name: string) =>
    read(name, value => (Number.isInteger(value) ? (value as number) : undefined), 'a whole number')
  const bool = (name: string) => read(name, value => (typeof value === 'boolean' ? value : undefined), 'true or false')
  const duration = (name: string) =>
    read(name, value => (typeof value === 'string' ? parseDuration(value) : undefined), 'a duration such as 10s')
  const list = (name: string) =>
    read(
      name,
      value => (Array.isArray(value) && value.every(v => typeof v === 'string') ? (value as string[]) : undefined),
      'a list of strings',
    )
  const map = (name: string) =>
    read(
      name,
      value => (typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, string>) : undefined),
      'a map of strings',
    )

  const options: Configuration['options'] = {}
  const set = <K extends keyof Configuration['options']>(key: K, value: Configuration['options'][K] | undefined) => {
    if (value !== undefined && value !== '') options[key] = value
  }
  set('address', text('address'))
  set('port', number('port'))
  set('clusterDns', list('clusterDNS'))
  set('clusterDomain', text('clusterDomain'))
  set('resolvConf', text('resolvConf'))
  set('maxPods', number('maxPods'))
  set('podCidr', text('podCIDR'))
  set('podLogsDir', text('podLogsDir'))
  set('cgroupRoot', text('cgroupRoot'))
  set('registerNode', bool('registerNode'))
  set('nodeStatusUpdateFrequency', duration('nodeStatusUpdateFrequency'))
  set('nodeStatusReportFrequency', duration('nodeStatusReportFrequency'))
  set('nodeLeaseDurationSeconds', number('nodeLeaseDurationSeconds'))
  set('containerLogMaxFiles', number('containerLogMaxFiles'))
  set('systemReserved', map('systemReserved'))
  const maxSize = text('containerLogMaxSize')
  if (maxSize) set('containerLogMaxSize', Number(Quantity.parse(maxSize).asInt()))
  set(
    'registerWithTaints',
    read('registerWithTaints', value => (Array.isArray(value) ? (value as Taint[]) : undefined), 'a list of taints'),
  )
  const object = (name: string) =>
    read(
      name,
      value => (typeof value === 'object' && !Array.isArray(value) ? (value as Fields) : undefined),
      'an object',
    )
  const authentication = object('authentication')
  set('auth', readAuth(authentication, object('authorization'), fail))
  const files = defined({
    tlsCert: text('tlsCertFile'),
    tlsKey: text('tlsPrivateKeyFile'),
    clientCa: (authentication?.x509 as { clientCAFile?: string } | undefined)?.clientCAFile,
  })
  const endpoints = defined({
    containerRuntimeEndpoint: text('containerRuntimeEndpoint'),
    imageServiceEndpoint: text('imageServiceEndpoint'),
  })
  const healthz = { ...defined({ host: text('healthzBindAddress') }), ...defined({ port: number('healthzPort') }) }
  const tls = {
    ...defined({ minVersion: text('tlsMinVersion') }),
    ...defined({ cipherSuites: list('tlsCipherSuites') }),
  }
  return { options, files, tls, ...endpoints, healthz, ignored: Object.keys(fields).filter(name => !known.has(name)) }
}

function defined<V, K extends string>(fields: Record<K, V | undefined>): Partial<Record<K, V>> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''),
  ) as Partial<Record<K, V>>
}

/** `key=value:NoSchedule`, `key:NoExecute` */
export function parseTaint(text: string): Taint {
  const [, key, value, effect] = /^([^=:]+)(?:=([^:]*))?:(NoSchedule|PreferNoSchedule|NoExecute)$/.exec(text) ?? []
  if (key === undefined || effect === undefined)
    throw new UsageError(
      `invalid argument ${JSON.stringify(text)} for "--register-with-taints" flag: must be <key>=<value>:<effect>`,
    )
  return { key, effect, ...(value ? { value } : {}) } as Taint
}

/** `a=b` pairs. */
export function parsePairs(flag: string, pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map(pair => {
      const at = pair.indexOf('=')
      if (at <= 0)
        throw new UsageError(`invalid argument ${JSON.stringify(pair)} for "--${flag}" flag: must be <key>=<value>`)
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}
