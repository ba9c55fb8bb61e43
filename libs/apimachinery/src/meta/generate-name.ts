import { randomInt } from 'node:crypto'

/** No vowels and no digits that look like letters, so that no suffix spells a word. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'
const suffixLength = 5
/** A whole name stays within 63 bytes, so that it can be a label. */
const maxPrefix = 63 - suffixLength

/** `generateName` plus five random characters. `random` gives an integer below its argument. */
export function generateName(prefix: string, random: (below: number) => number = randomInt): string {
  let suffix = ''
  for (let i = 0; i < suffixLength; i++) suffix += alphabet[random(alphabet.length)]
  return prefix.slice(0, maxPrefix) + suffix
}
