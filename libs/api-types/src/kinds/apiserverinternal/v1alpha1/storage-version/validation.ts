import {
  append,
  type FieldError,
  field,
  isDns1035Label,
  isDns1123Subdomain,
  isQualifiedName,
} from '@kubets/apimachinery'
import { each, items } from '../../../core/v1/pod/validation/checks.ts'
import type { StorageVersion } from '../../types.ts'

type Status = NonNullable<StorageVersion['status']>
type ServerVersion = NonNullable<Status['storageVersions']>[number]

export function validateStatus({ status }: StorageVersion): FieldError[] {
  const { storageVersions = [], conditions } = status ?? {}
  const servers = new Set<string>()
  const errors = items(storageVersions, 'status.storageVersions', (version, at) => {
    const { apiServerID = '' } = version
    const double = servers.has(apiServerID) ? [field.duplicate(`${at}.apiServerID`, apiServerID)] : []
    servers.add(apiServerID)
    return [...double, ...validateServerVersion(version, at)]
  })
  return [...errors, ...validateCommonVersion(status ?? {}), ...validateConditions(conditions)]
}

const apiVersionText =
  "an apiVersion is a DNS-1035 label, which must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyVersion')"

/** `version` or `group/version`, all that is wrong with it in one error. */
function validateApiVersion(text: string, path: string): FieldError[] {
  const parts = text.split('/')
  if (parts.length > 2) return [field.invalid(path, text, apiVersionText)]
  const messages: string[] = []
  const look = (name: string, value: string, check: (value: string) => string[]) =>
    append(
      messages,
      (value === '' ? ['must be non-empty'] : check(value)).map(message => `${name} part: ${message}`),
    )
  if (parts.length === 2) look('group', parts[0] ?? '', isDns1123Subdomain)
  look('version', parts.at(-1) ?? '', isDns1035Label)
  return messages.length === 0 ? [] : [field.invalid(path, text, messages.join(','))]
}

function validateServerVersion(version: ServerVersion, path: string): FieldError[] {
  const { apiServerID = '', encodingVersion = '', decodableVersions = [], servedVersions } = version
  const errors = each(`${path}.apiServerID`, apiServerID, isDns1123Subdomain(apiServerID))
  append(errors, validateApiVersion(encodingVersion, `${path}.encodingVersion`))
  const decodable = `${path}.decodableVersions`
  append(errors, items(decodableVersions, decodable, validateApiVersion))
  if (!decodableVersions.includes(encodingVersion)) {
    const text = `decodableVersions must include encodingVersion ${encodingVersion}`
    errors.push(field.invalid(decodable, version.decodableVersions ?? null, text))
  }
  return errors.concat(
    items(servedVersions, `${path}.servedVersions`, (served, at) => {
      const found = validateApiVersion(served, at)
      if (decodableVersions.includes(served)) return found
      const all = `[${decodableVersions.join(' ')}]`
      const text = `individual served version : ${served} must be included in decodableVersions : ${all}`
      return [...found, field.invalid(at, served, text)]
    }),
  )
}

function validateCommonVersion({ storageVersions = [], commonEncodingVersion: said }: Status): FieldError[] {
  const all = new Set(storageVersions.map(({ encodingVersion = '' }) => encodingVersion))
  const [actual] = all.size === 1 ? all : []
  const refuse = (text: string) => [field.invalid('status.commonEncodingVersion', said ?? null, text)]
  if (actual === said) return []
  if (actual === undefined) {
    return refuse(
      'should be nil if servers do not agree on the same encoding version, or if there is no server reporting the supported versions yet',
    )
  }
  return refuse(
    said === undefined ? `the common encoding version is ${actual}` : `the actual common encoding version is ${actual}`,
  )
}

/** Upstream leaves the field's name out of these paths. */
function validateConditions(conditions: Status['conditions']): FieldError[] {
  const places = new Map<string, number>()
  return items(conditions, 'status', ({ type = '', status = '', reason, message }, at, index) => {
    const errors: FieldError[] = []
    const before = places.get(type)
    if (before !== undefined) {
      const text = `the type of the condition is not unique, it also appears in conditions[${before}]`
      errors.push(field.invalid(`${at}.type`, type, text))
    }
    places.set(type, index)
    append(errors, each(`${at}.type`, type, isQualifiedName(type)))
    append(errors, each(`${at}.status`, status, isQualifiedName(status)))
    if (!reason) errors.push(field.required(`${at}.reason`))
    if (!message) errors.push(field.required(`${at}.message`))
    return errors
  })
}
