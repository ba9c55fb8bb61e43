import { createHash } from 'node:crypto'
import type { UserInfo } from '../handlers/request-context.ts'
import type { TokenOwner } from './token-authenticator.ts'
import { authenticatedUser } from './users.ts'

/** Tokens of a static token file: lines of `token,user,uid,"group1,group2"`. */
export function tokenFileOwner(text: string): TokenOwner {
  const known = parseTokenFile(text)
  return token => (known.size === 0 ? undefined : known.get(digest(token)))
}

/** Compared by digest: how long a comparison takes tells nothing of the token. */
const digest = (token: string) => createHash('sha256').update(token).digest('base64')

/** Reads upstream's `--token-auth-file` format. Throws naming the line that is wrong. */
export function parseTokenFile(text: string): ReadonlyMap<string, UserInfo> {
  const users = new Map<string, UserInfo>()
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const fields = parseCsvLine(line)
    const [token, name, uid, groups] = fields
    if (token === undefined || token === '' || name === undefined || name === '' || uid === undefined)
      throw new Error(
        `token file line ${index + 1}: expected at least 3 columns (token, user name, user uid), found ${fields.length}`,
      )
    const listed = groups === undefined || groups === '' ? [] : groups.split(',').map(g => g.trim())
    users.set(digest(token), authenticatedUser({ name, uid, groups: listed }))
  }
  return users
}

function parseCsvLine(line: string): string[] {
  return [...line.matchAll(/(?:^|,)\s*(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
    quoted !== undefined ? quoted.replaceAll('""', '"') : (plain ?? '').trim(),
  )
}
