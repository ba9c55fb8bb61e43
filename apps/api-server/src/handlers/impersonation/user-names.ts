import { isDns1123Label, isDns1123Subdomain } from '@kubets/apimachinery'

const nodePrefix = 'system:node:'
const accountPrefix = 'system:serviceaccount:'

/** The node whose kubelet has this name. */
export function nodeOf(username: string): string | undefined {
  if (!username.startsWith(nodePrefix)) return undefined
  const name = username.slice(nodePrefix.length)
  return isDns1123Subdomain(name).length === 0 ? name : undefined
}

/** The service account that has this name. */
export function accountOf(username: string): { namespace: string; name: string } | undefined {
  if (!username.startsWith(accountPrefix)) return undefined
  const [namespace = '', name = '', ...more] = username.slice(accountPrefix.length).split(':')
  if (more.length > 0 || isDns1123Label(namespace).length > 0 || isDns1123Subdomain(name).length > 0) return undefined
  return { namespace, name }
}
