import type { UserInfo } from '../../handlers/request-context.ts'

const prefix = 'system:node:'

/** Of which node a user is: undefined for somebody else, '' for one of no name. */
export function nodeOf({ name, groups }: UserInfo): string | undefined {
  return name.startsWith(prefix) && groups.includes('system:nodes') ? name.slice(prefix.length) : undefined
}
