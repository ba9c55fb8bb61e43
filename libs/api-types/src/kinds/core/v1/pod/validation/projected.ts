import { append, type FieldError, field } from '@kubets/apimachinery'
import type { VolumeSource } from '../../volume/network-sources.ts'
import { fileMode, itemPath, items, localFile, required } from './checks.ts'
import { validateFieldRef, validateResourceFieldRef, volumeFields } from './env.ts'
import type { PodRules } from './rules.ts'

type Projected = VolumeSource<'projected'>
type Source = NonNullable<Projected['sources']>[number]
export type KeyToPath = { key: string; path: string; mode?: number }
type DownwardFile = NonNullable<VolumeSource<'downwardAPI'>['items']>[number]

const conflicting = 'conflicting duplicate paths'
const maxTokenSeconds = 2 ** 32
const minTokenSeconds = 600

/** A path that must be there, below the volume. */
const file = (path: string, value: string | undefined): FieldError[] =>
  value ? localFile(path, value) : required(path, value)

export function validateKeyToPath({ key, path: to, mode }: KeyToPath, at: string): FieldError[] {
  const errors = required(`${at}.key`, key)
  append(errors, file(`${at}.path`, to))
  if (mode !== undefined) append(errors, fileMode(`${at}.mode`, mode))
  return errors
}

/** `path` is that of the list's owner: upstream's errors of its items have no index. */
export function validateDownwardFile({ path: to, fieldRef, resourceFieldRef, mode }: DownwardFile, path: string) {
  const errors = file(`${path}.path`, to)
  if (fieldRef) {
    append(errors, validateFieldRef(fieldRef, volumeFields, `${path}.fieldRef`))
    if (resourceFieldRef) {
      errors.push(field.invalid(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'))
    }
  } else if (resourceFieldRef) {
    append(errors, validateResourceFieldRef(resourceFieldRef, `${path}.resourceFieldRef`, 'volume'))
  } else errors.push(field.required(path, 'one of fieldRef and resourceFieldRef is required'))
  if (mode !== undefined) append(errors, fileMode(`${path}.mode`, mode))
  return errors
}

export function validateProjected({ sources, defaultMode }: Projected, path: string, rules: PodRules): FieldError[] {
  const taken = new Set<string>()
  /** Two sources write one file. `shown` is what upstream names in the error. */
  const claim = (to: string | undefined, shown: string): FieldError[] => {
    if (!to) return []
    if (taken.has(to)) return [field.invalid(path, shown, conflicting)]
    taken.add(to)
    return []
  }
  const errors = fileMode(`${path}.defaultMode`, defaultMode)
  append(
    errors,
    items(sources, `${path}.sources`, (source, at) => validateSource(source, at, path, rules, claim)),
  )
  return errors
}

type Claim = (to: string | undefined, shown: string) => FieldError[]

function validateSource(source: Source, at: string, path: string, rules: PodRules, claim: Claim): FieldError[] {
  const { secret, configMap, downwardAPI, serviceAccountToken: token } = source
  const errors: FieldError[] = []
  if (secret !== undefined) append(errors, validateKeys(secret, `${at}.secret`, claim))
  if (configMap !== undefined) append(errors, validateKeys(configMap, `${at}.configMap`, claim))
  if (downwardAPI?.items) {
    const atFile = `${at}.downwardAPI`
    for (const item of downwardAPI.items) {
      append(errors, validateDownwardFile(item, atFile))
      append(errors, claim(item.path, item.path))
    }
  }
  if (token) append(errors, validateToken(token, `${at}.serviceAccountToken`, `${path}.path`, rules))
  const given = Number(secret !== undefined) + Number(configMap !== undefined) + Number(downwardAPI !== undefined)
  if (given + Number(token !== undefined) > 1) {
    errors.push(field.forbidden(at, 'may not specify more than 1 volume type per source'))
  }
  return errors
}

/** Keys of a secret or of a config map. */
function validateKeys(
  { name, items: keys }: NonNullable<Source['secret'] | Source['configMap']>,
  path: string,
  claim: Claim,
): FieldError[] {
  const errors = name ? [] : [field.required(`${path}.name`)]
  if (!keys) return errors
  for (let index = 0; index < keys.length; index++) {
    const item = keys[index] as KeyToPath
    append(errors, validateKeyToPath(item, itemPath(`${path}.items`, index)))
    append(errors, claim(item.path, name ?? ''))
  }
  return errors
}

/** `atPath`: upstream reports the token's file at the volume, not at the source. */
function validateToken(
  { expirationSeconds: seconds = 0, path: to }: NonNullable<Source['serviceAccountToken']>,
  at: string,
  atPath: string,
  rules: PodRules,
): FieldError[] {
  const errors: FieldError[] = []
  if (seconds < minTokenSeconds) {
    errors.push(field.invalid(`${at}.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes'))
  }
  if (seconds > maxTokenSeconds) {
    errors.push(
      field.invalid(`${at}.expirationSeconds`, seconds, 'may not specify a duration larger than 2^32 seconds'),
    )
  }
  if (!to) errors.push(field.required(atPath))
  else if (!rules.allowForeignTokenPaths) append(errors, localFile(atPath, to))
  return errors
}
