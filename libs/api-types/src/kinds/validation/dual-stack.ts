import { type FieldError, field, parseCidr, parseIp } from '@kubets/apimachinery'

/** How upstream speaks of a list: what its entries are, what comes before its complaint about one that it cannot read, how it shows the list. */
interface Wording {
  readonly entry: 'IP' | 'CIDR'
  readonly prefix: string
  readonly shown?: () => unknown
}

const parse = {
  IP: (text: string) => parseIp(text)?.bits,
  CIDR: (text: string) => parseCidr(text)?.address.bits,
}

/** One address or block of each family at most. Where one of several cannot be read, upstream says that as an internal error. */
export function validateOnePerFamily(list: readonly string[], path: string, wording: Wording): FieldError[] {
  if (list.length < 2) return []
  const { entry, prefix, shown = () => list } = wording
  const errors: FieldError[] = []
  const bits = list.map(parse[entry])
  const unread = bits.indexOf(undefined)
  if (unread >= 0) {
    const text = list[unread] ?? ''
    const why = entry === 'IP' ? text : `<nil> (invalid CIDR address: ${text})`
    errors.push(field.internal(path, `${prefix} dual stack with error:invalid ${entry}[${unread}]: ${why}`))
  } else if (bits.length === 2 && bits[0] !== bits[1]) return []
  errors.push(field.invalid(path, shown(), `may specify no more than one ${entry} for each IP family`))
  return errors
}
