import { type FieldError, field, goQuote } from '@kubets/apimachinery'
import { parseGroupResource } from './group-resource.ts'
import type { EncryptionConfiguration, Key, KmsConfiguration, ProviderConfiguration } from './types.ts'

/** Upstream's rules and words. `reload`: the file may be read again while the server runs, so all KMS names must differ. */
export function validateConfiguration({ resources }: EncryptionConfiguration, reload: boolean): FieldError[] {
  if (resources.length === 0) return [field.required('resources', 'at least one resources is required')]
  const kmsNames = new Set<string>()
  return resources.flatMap((one, i) => {
    const [r, p] = [`resources[${i}].resources`, `resources[${i}].providers`]
    return [
      ...(one.resources.length === 0 ? [field.required(r, `at least one ${r} is required`)] : []),
      ...overlaps(r, one.resources),
      ...one.resources.flatMap((name, j) => resourceName(`${r}[${j}]`, name)),
      ...(one.providers.length === 0 ? [field.required(p, `at least one ${p} is required`)] : []),
      ...one.providers.flatMap((provider, j) => validateProvider(`${p}[${j}]`, provider, kmsNames, reload)),
    ]
  })
}

function overlaps(at: string, names: readonly string[]): FieldError[] {
  const parsed = names.map(parseGroupResource)
  let repeated = false
  let masked = false
  for (const [i, one] of parsed.entries()) {
    for (const [j, other] of parsed.entries()) {
      if (i === j) continue
      const same = one.group === other.group && one.resource === other.resource
      if (same && !repeated) repeated = true
      else if (one.group === '*' && one.resource === '*') masked = true
      else if (one.group === other.group && (one.resource === '*' || other.resource === '*')) masked = true
    }
  }
  return [
    ...(repeated ? [field.invalid(at, names, 'the same resource cannot be specified multiple times')] : []),
    ...(masked
      ? [
          field.invalid(
            at,
            names,
            "using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked",
          ),
        ]
      : []),
  ]
}

/** What is stored without a REST API of its own. */
const internal = new Set(['apiserveripinfo', 'serviceipallocations', 'servicenodeportallocations'])

function resourceName(at: string, name: string): FieldError[] {
  const { group, resource } = parseGroupResource(name)
  const refused = (detail: string) => [field.invalid(at, name, detail)]
  if (name.toLowerCase() !== name) return refused('resource name should not contain capital letters')
  if (name === '*')
    return refused("use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources")
  if (internal.has(name)) return refused('resources which do not have REST API/s cannot be encrypted')
  if (group === 'events.k8s.io')
    return refused(
      "'*.events.k8s.io' objects are stored using the 'events' API group in etcd. Use 'events' instead in the config file",
    )
  if (group === 'extensions') return refused("'extensions' group has been removed and cannot be used for encryption")
  if (group === '*' && resource !== '*') return refused('encrypting the same resource across groups is not supported')
  return []
}

function validateProvider(
  at: string,
  provider: ProviderConfiguration,
  kmsNames: Set<string>,
  reload: boolean,
): FieldError[] {
  const { aesgcm, aescbc, secretbox, kms } = provider
  return [
    ...oneProvider(at, provider),
    ...(kms !== undefined
      ? validateKms(`${at}.kms`, kms, kmsNames, reload)
      : aesgcm !== undefined
        ? validateKeys(`${at}.aesgcm.keys`, aesgcm.keys, [16, 24, 32])
        : aescbc !== undefined
          ? validateKeys(`${at}.aescbc.keys`, aescbc.keys, [16, 24, 32])
          : secretbox !== undefined
            ? validateKeys(`${at}.secretbox.keys`, secretbox.keys, [32])
            : []),
  ]
}

function oneProvider(at: string, provider: ProviderConfiguration): FieldError[] {
  const given = Object.keys(provider)
  if (given.length === 1) return []
  const detail =
    given.length === 0
      ? 'provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity'
      : 'more than one provider specified in a single element, should split into different list elements'
  // upstream prints all of it, keys too
  return [field.invalid(at, 'REDACTED', detail)]
}

function validateKeys(at: string, keys: readonly Key[], lengths: readonly number[]): FieldError[] {
  if (keys.length === 0) return [field.required(at, 'at least one keys is required')]
  return keys.flatMap(({ name, secret }, i) => [
    ...(name === '' ? [field.required(`${at}[${i}].name`, 'name is a mandatory field for a key')] : []),
    ...validateSecret(`${at}[${i}].secret`, secret, lengths),
  ])
}

function validateSecret(at: string, secret: string, lengths: readonly number[]): FieldError[] {
  if (secret === '') return [field.required(at, 'secret is a mandatory field for a key')]
  const bytes = decodeBase64(secret)
  if (bytes === undefined) return [field.invalid(at, 'REDACTED', 'secrets must be base64 encoded')]
  if (lengths.includes(bytes.length)) return []
  return [
    field.invalid(
      at,
      'REDACTED',
      `secret is not of the expected length, got ${bytes.length}, expected one of [${lengths.join(' ')}]`,
    ),
  ]
}

/** Standard base64 with its padding; undefined when it is none. */
export function decodeBase64(text: string): Buffer | undefined {
  const letters = text.replace(/[\r\n]/g, '')
  if (letters.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(letters)) return undefined
  return Buffer.from(letters, 'base64')
}

function validateKms(at: string, kms: KmsConfiguration, names: Set<string>, reload: boolean): FieldError[] {
  const { name, apiVersion, cachesize, timeout, endpoint } = kms
  const errors: FieldError[] = []
  if (name === '') errors.push(field.required(`${at}.name`, 'name is a mandatory field for a provider'))
  if (apiVersion !== 'v1' && name.includes(':'))
    errors.push(field.invalid(`${at}.name`, name, `invalid KMS provider name ${name}, must not contain ':'`))
  if ((reload || apiVersion !== 'v1') && names.has(name))
    errors.push(field.invalid(`${at}.name`, name, `duplicate KMS provider name ${name}, names must be unique`))
  names.add(name)
  if (timeout <= 0)
    errors.push(field.invalid(`${at}.timeout`, goDuration(timeout), 'timeout should be a positive value'))
  errors.push(...validateEndpoint(`${at}.endpoint`, endpoint))
  if (apiVersion !== 'v1' && cachesize !== undefined)
    errors.push(field.invalid(`${at}.cachesize`, cachesize, 'cachesize is not supported in v2'))
  if (apiVersion === 'v1' && cachesize === 0)
    errors.push(
      field.invalid(`${at}.cachesize`, cachesize, 'cachesize should be a positive value, or negative to disable'),
    )
  if (apiVersion !== 'v1' && apiVersion !== 'v2')
    errors.push(
      field.invalid(
        `${at}.apiVersion`,
        apiVersion,
        'unsupported apiVersion apiVersion for KMS provider, only v1 and v2 are supported',
      ),
    )
  return errors
}

const goDuration = (ms: number): string => (ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`)

function validateEndpoint(at: string, endpoint: string): FieldError[] {
  if (endpoint === '') return [field.required(at, 'endpoint is a mandatory field for a kms')]
  const unreadable = [...endpoint].some(char => char < ' ' || char === '\x7f')
    ? 'net/url: invalid control character in URL'
    : endpoint.startsWith(':')
      ? 'missing protocol scheme'
      : undefined
  if (unreadable !== undefined)
    return [
      field.invalid(
        at,
        endpoint,
        `invalid endpoint for kms provider, error: parse ${goQuote(endpoint)}: ${unreadable}`,
      ),
    ]
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(endpoint)?.[1]?.toLowerCase() ?? ''
  if (scheme === 'unix') return []
  return [field.invalid(at, endpoint, `unsupported scheme ${goQuote(scheme)} for KMS provider, only unix is supported`)]
}
