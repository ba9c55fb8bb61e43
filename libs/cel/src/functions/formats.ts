import {
  isDns1035Label,
  isDns1123Label,
  isDns1123Subdomain,
  isLabelValue,
  isQualifiedName,
  nameIsDns1035Label,
  nameIsDnsLabel,
  nameIsDnsSubdomain,
  parseGoUrl,
} from '@kubets/apimachinery'
import { declare, type Library } from '../check/declarations.ts'
import { structType, type Type } from '../check/types.ts'
import { Failure, LibraryValue, Optional } from '../evaluate/values.ts'
import { parseTimestamp } from './timestamps.ts'

export const formatType = structType('kubernetes.NamedFormat')
const types = new Map([['format', formatType]])

/** A named format: what is wrong with a text, and how long a pattern the budget counts for it. */
export class NamedFormat extends LibraryValue {
  readonly type: Type = formatType
  readonly name: string
  readonly validate: (text: string) => string[]
  readonly patternSize: number

  constructor(name: string, patternSize: number, validate: (text: string) => string[]) {
    super()
    this.name = name
    this.patternSize = patternSize
    this.validate = validate
  }
  equals(other: LibraryValue): boolean {
    return other instanceof NamedFormat && other.name === this.name
  }
}

const check = (fits: (text: string) => boolean, message: string) => (text: string) => (fits(text) ? [] : [message])

function requestUri(text: string): string[] {
  if (text === '') return [`parse "": empty url`]
  const url = parseGoUrl(text)
  if (typeof url === 'string') return [url]
  return url.scheme === '' && !text.startsWith('/') ? [`parse ${JSON.stringify(text)}: invalid URI for request`] : []
}

const isUuid = (text: string) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text)
const isBase64 = (text: string) =>
  /^(?:[A-Za-z0-9+\\/]{4})*(?:[A-Za-z0-9+\\/]{2}==|[A-Za-z0-9+\\/]{3}=|[A-Za-z0-9+\\/]{4})$/.test(text)
const isDate = (text: string) =>
  /^\d{4}-\d\d-\d\d$/.test(text) && !(parseTimestamp(`${text}T00:00:00Z`) instanceof Failure)
function isDateTime(text: string): boolean {
  const found = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|[+-]\d\d:?\d\d)$/.exec(text)
  if (found === null) return false
  return isDate(found[1] as string) && Number(found[2]) < 24 && Number(found[3]) < 60 && Number(found[4]) < 60
}

const uuidPattern = 72
const base64Pattern = 84
const dateTimePattern = 72
const urlPattern = 1103

const formats = new Map(
  (
    [
      ['dns1123Label', 'DNS1123Label', 30, isDns1123Label],
      ['dns1123Subdomain', 'DNS1123Subdomain', 60, isDns1123Subdomain],
      ['dns1035Label', 'DNS1035Label', 30, isDns1035Label],
      ['qualifiedName', 'QualifiedName', 60, isQualifiedName],
      ['dns1123LabelPrefix', 'DNS1123LabelPrefix', 30, text => nameIsDnsLabel(text, true)],
      ['dns1123SubdomainPrefix', 'DNS1123SubdomainPrefix', 60, text => nameIsDnsSubdomain(text, true)],
      ['dns1035LabelPrefix', 'DNS1035LabelPrefix', 30, text => nameIsDns1035Label(text, true)],
      ['labelValue', 'LabelValue', 40, isLabelValue],
      ['uri', 'URI', urlPattern, requestUri],
      ['uuid', 'uuid', uuidPattern, check(isUuid, 'does not match the UUID format')],
      ['byte', 'byte', base64Pattern, check(isBase64, 'invalid base64')],
      ['date', 'date', dateTimePattern, check(isDate, 'invalid date')],
      ['datetime', 'datetime', dateTimePattern, check(isDateTime, 'invalid datetime')],
    ] as [string, string, number, (text: string) => string[]][]
  ).map(([key, name, size, validate]) => [key, new NamedFormat(name, size, validate)]),
)

function validate(format: NamedFormat, text: string): Optional {
  const wrong = format.validate(text)
  return wrong.length === 0 ? Optional.none : new Optional(wrong)
}

export const namedFormats: Library = {
  name: 'formats',
  types,
  functions: [
    declare('validate', { 'format-validate': 'format.(string) -> optional(list(string))' }, validate, types),
    declare(
      'format.named',
      { 'format-named': '(string) -> optional(format)' },
      (name: string) => {
        const found = formats.get(name)
        return found === undefined ? Optional.none : new Optional(found)
      },
      types,
    ),
    ...[...formats].map(([name, format]) =>
      declare(`format.${name}`, { [`format.${name}`]: '() -> format' }, () => format, types),
    ),
  ],
}
