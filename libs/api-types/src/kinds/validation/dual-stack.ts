import { parseCidr, parseIp } from '@kubets/apimachinery'

const bitsOf = (text: string) => (text.includes('/') ? parseCidr(text)?.address.bits : parseIp(text)?.bits)

/** One address or block of each family at most. */
export function isOnePerFamily(list: readonly string[]): boolean {
  if (list.length < 2) return true
  return list.length === 2 && bitsOf(list[0] ?? '') !== bitsOf(list[1] ?? '')
}
