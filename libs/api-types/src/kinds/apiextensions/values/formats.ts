import { isIPv6 } from 'node:net'
import { parseGoUrl } from '@kubets/apimachinery'

/** What a string of a format looks like, by the format's name without dashes: those that upstream's validator knows. */
export const stringFormats: ReadonlyMap<string, (text: string) => boolean> = new Map(
  Object.entries({
    bsonobjectid: matching(/^[0-9a-fA-F]{24}$/),
    byte: matching(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/),
    cidr: isCidr,
    creditcard: isCreditCard,
    date: isDate,
    datetime: isDateTime,
    duration: isDuration,
    email: isEmail,
    hexcolor: matching(/^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/),
    hostname: isHostname,
    ipv4: text => text.includes('.') && isIp(text),
    ipv6: text => text.includes(':') && isIp(text),
    isbn: text => isIsbn10(text) || isIsbn13(text),
    isbn10: isIsbn10,
    isbn13: isIsbn13,
    k8slongname: text => text.length <= 253 && longName.test(text),
    k8sshortname: text => text.length <= 63 && shortName.test(text),
    mac: matching(macAddress()),
    password: () => true,
    rgbcolor: matching(rgb()),
    ssn: matching(/^\d{3}[- ]\d{2}[- ]\d{4}$/),
    uri: isRequestUri,
    uuid: matching(uuid('[0-9a-f]', '[0-9a-f]')),
    uuid3: matching(uuid('3', '[0-9a-f]')),
    uuid4: matching(uuid('4', '[89ab]')),
    uuid5: matching(uuid('5', '[89ab]')),
  }),
)

/** `date-time` is `datetime`. */
export const normalFormat = (format: string): string => format.replaceAll('-', '')

/** Upstream warns about formats that a value of this type is not checked for. */
export function isKnownFormat(type: string, format: string): boolean {
  if (type === '' || type === 'string') return stringFormats.has(normalFormat(format))
  if (type === 'integer') return format === 'int32' || format === 'int64'
  return type === 'number' && (format === 'float' || format === 'double')
}

const shortName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const longName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
function macAddress(): RegExp {
  const pairs = (count: number, by: string) => `[0-9a-fA-F]{2}(${by}[0-9a-fA-F]{2}){${count - 1}}`
  const forms = [6, 8, 20].flatMap(count => [
    pairs(count, ':'),
    pairs(count, '-'),
    `[0-9a-fA-F]{4}(\\.[0-9a-fA-F]{4}){${count / 2 - 1}}`,
  ])
  return new RegExp(`^(${forms.join('|')})$`)
}

function matching(pattern: RegExp): (text: string) => boolean {
  return text => pattern.test(text)
}

function uuid(version: string, variant: string): RegExp {
  const half = '[0-9a-f]{4}-?'
  return new RegExp(`^[0-9a-f]{8}-?${half}${version}[0-9a-f]{3}-?${variant}[0-9a-f]{3}-?[0-9a-f]{12}$`, 'i')
}

function rgb(): RegExp {
  const part = '\\s*(0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])\\s*'
  return new RegExp(`^rgb\\(${part},${part},${part}\\)$`)
}

const hostname =
  /^([a-zA-Z0-9\p{S}\p{L}]((-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?)|([a-zA-Z0-9\p{S}\p{L}](([a-zA-Z0-9\-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?)(\.)){1,}([a-zA-Z\p{L}]){2,63})$/u

function isHostname(text: string): boolean {
  if (Buffer.byteLength(text) > 255 || !hostname.test(text)) return false
  return text.split('.').every(part => Buffer.byteLength(part) <= 63)
}

/** Leading zeros are no octal here, as in upstream's sloppy parser. */
function isIp(text: string): boolean {
  if (text.includes(':')) return isIPv6(text) && !text.includes('%')
  const parts = text.split('.')
  return parts.length === 4 && parts.every(part => /^\d+$/.test(part) && Number(part) <= 255)
}

function isCidr(text: string): boolean {
  const [address = '', bits = '', ...more] = text.split('/')
  return (
    more.length === 0 && /^\d{1,3}$/.test(bits) && isIp(address) && Number(bits) <= (address.includes(':') ? 128 : 32)
  )
}

/** An absolute URI or an absolute path. */
function isRequestUri(text: string): boolean {
  if (text === '*') return true
  const [before = ''] = text.split('#')
  const url = parseGoUrl(before)
  return typeof url !== 'string' && (before.startsWith('/') || url.scheme !== '')
}

const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~\\u0080-\\uffff-]+"
const address = `(?:${atom}(?:\\.${atom})*|"(?:[^"\\\\]|\\\\.)+")@(?:${atom}(?:\\.${atom})*|\\[[0-9A-Fa-f.:]+\\])`
const email = new RegExp(`^\\s*(?:${address}|(?:[^<>@]*)<${address}>)\\s*$`)

function isEmail(text: string): boolean {
  // its parts overlap: longer than any address it would take too long
  return text.length <= 1000 && email.test(text)
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const [year = 0, month = 0, day = 0] = text.split('-').map(Number)
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return month >= 1 && day >= 1 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}

function isDateTime(text: string): boolean {
  const [date = '', time] = text.toLowerCase().split('t')
  if (time === undefined || !isDate(date)) return false
  const parts = /^(\d{2}):(\d{2}):(\d{2})(.\d+)?(z|[+-]\d{2}:\d{2})$/.exec(time)
  const [, hour = '', minute = '', second = ''] = parts ?? []
  return parts !== null && hour <= '23' && minute <= '59' && second <= '59'
}

const goDuration = /^[+-]?(0|(\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))*)$/
const unit = /^(ns|nano.*|us|µs|micro.*|ms|milli.*|s|sec.*|m|min.*|h|hr|hour.*|d|day.*|w|wk|week.*)$/i

/** Go's own form, or Scala's: `22 ns`, `3 weeks`. */
function isDuration(text: string): boolean {
  if (goDuration.test(text)) return true
  for (const [, word = ''] of text.matchAll(/(?<!\d)\d+\s*([A-Za-zµ]+)/g)) if (unit.test(word)) return true
  return false
}

const checksum = (digits: string, weight: (index: number) => number) =>
  [...digits].reduce((sum, digit, index) => sum + weight(index) * (digit === 'X' ? 10 : Number(digit)), 0)

const withoutDashes = (text: string) => text.replace(/[\s-]+/g, '')

function isIsbn10(text: string): boolean {
  const digits = withoutDashes(text)
  return /^(?:\d{9}X|\d{10})$/.test(digits) && checksum(digits, index => index + 1) % 11 === 0
}

function isIsbn13(text: string): boolean {
  const digits = withoutDashes(text)
  return /^\d{13}$/.test(digits) && checksum(digits, index => (index % 2 === 0 ? 1 : 3)) % 10 === 0
}

const card =
  /^(?:4\d{12}(?:\d{3})?|5[1-5]\d{14}|6(?:011|5\d\d)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|(?:2131|1800|35\d{3})\d{11})$/

function isCreditCard(text: string): boolean {
  const digits = text.replace(/\D+/g, '')
  if (!card.test(digits)) return false
  const sum = [...digits].reverse().reduce((total, char, index) => {
    const doubled = Number(char) * (index % 2 === 0 ? 1 : 2)
    return total + (doubled > 9 ? doubled - 9 : doubled)
  }, 0)
  return sum % 10 === 0
}
