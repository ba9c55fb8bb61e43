import { append, type FieldError, field } from '@kubets/apimachinery'
import { items } from '../../../core/v1/pod/validation/checks.ts'
import type { Device } from '../../types.ts'

type Attribute = NonNullable<Device['attributes']>[string]

/** Bytes of a text or a version. */
const maxValue = 64

const number = '(0|[1-9]\\d*)'
const preRelease = '(0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)'
const build = '[0-9a-zA-Z-]+'
const semanticVersion = new RegExp(
  `^${number}\\.${number}\\.${number}(-${preRelease}(\\.${preRelease})*)?(\\+${build}(\\.${build})*)?$`,
)

const kinds = ['bool', 'int', 'string', 'version'] as const
const listKinds = ['bools', 'ints', 'strings', 'versions'] as const

/** How many values all attributes have together. */
export function countValues(attributes: Readonly<Record<string, Attribute>>): number {
  let count = 0
  for (const attribute of Object.values(attributes)) {
    const listed = listKinds.reduce((sum, name) => sum + (attribute[name]?.length ?? 0), 0)
    count += listed === 0 ? 1 : listed
  }
  return count
}

const validateText = (value: string, path: string): FieldError[] =>
  Buffer.byteLength(value) > maxValue ? [field.tooLong(path, maxValue)] : []

function validateVersion(value: string, path: string): FieldError[] {
  const text = 'must be a string compatible with semver.org spec 2.0.0'
  const errors = semanticVersion.test(value) ? [] : [field.invalid(path, value, text)]
  return errors.concat(validateText(value, path))
}

/** One value, or one list of values. */
export function validateAttribute(attribute: Attribute, path: string): FieldError[] {
  const { string, version, strings, versions } = attribute
  const errors: FieldError[] = []
  if (string !== undefined) append(errors, validateText(string, `${path}.string`))
  if (version !== undefined) append(errors, validateVersion(version, `${path}.version`))
  for (const name of listKinds) {
    if (attribute[name]?.length === 0) {
      errors.push(field.invalid(`${path}.${name}`, [], 'must not be empty if specified'))
    }
    if (name === 'strings') append(errors, items(strings, `${path}.strings`, validateText))
    if (name === 'versions') append(errors, items(versions, `${path}.versions`, validateVersion))
  }
  const set = [...kinds, ...listKinds].filter(name => attribute[name] !== undefined).length
  if (set === 0) errors.push(field.invalid(path, '', 'exactly one value must be specified'))
  else if (set > 1) errors.push(field.invalid(path, shown(attribute), 'exactly one value must be specified'))
  return errors
}

/** As upstream's internal type shows it. */
const shown = ({ int, bool, string, version, ints, bools, strings, versions }: Attribute) => ({
  IntValue: int ?? null,
  BoolValue: bool ?? null,
  StringValue: string ?? null,
  VersionValue: version ?? null,
  IntValues: ints ?? null,
  BoolValues: bools ?? null,
  StringValues: strings ?? null,
  VersionValues: versions ?? null,
})
