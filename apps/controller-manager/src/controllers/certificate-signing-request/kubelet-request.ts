import type { RequestedNames } from '@kubets/pki'

/** What is wrong with a kubelet's request for a client certificate, in upstream's words. Pure. */
export function kubeletClientError(names: RequestedNames, usages: readonly string[]): string | undefined {
  if (!isOfNodes(names)) return 'subject organization is not system:nodes'
  if (names.dnsNames.length > 0) return 'DNS subjectAltNames are not allowed'
  if (names.emailAddresses.length > 0) return 'Email subjectAltNames are not allowed'
  if (names.ipAddresses.length > 0) return 'IP subjectAltNames are not allowed'
  if (names.uris.length > 0) return 'URI subjectAltNames are not allowed'
  return usagesError(usages, 'client auth') ?? nodeNameError(names)
}

/** What is wrong with a kubelet's request for a serving certificate, in upstream's words. Pure. */
export function kubeletServingError(names: RequestedNames, usages: readonly string[]): string | undefined {
  if (!isOfNodes(names)) return 'subject organization is not system:nodes'
  if (names.dnsNames.length === 0 && names.ipAddresses.length === 0) return 'DNS or IP subjectAltName is required'
  if (names.emailAddresses.length > 0) return 'Email subjectAltNames are not allowed'
  if (names.uris.length > 0) return 'URI subjectAltNames are not allowed'
  return usagesError(usages, 'server auth') ?? nodeNameError(names)
}

/** What is wrong with a request for a client certificate of the API server, in upstream's words. Pure. */
export function apiServerClientError(usages: readonly string[]): string | undefined {
  const allowed = ['digital signature', 'key encipherment', 'client auth']
  const other = usages.find(usage => !allowed.includes(usage))
  if (other !== undefined) return `invalid usage for client certificate: ${other}`
  return usages.includes('client auth') ? undefined : 'missing required usage for client certificate: client auth'
}

const isOfNodes = ({ organizations }: RequestedNames) =>
  organizations.length === 1 && organizations[0] === 'system:nodes'

const nodeNameError = ({ commonName }: RequestedNames) =>
  commonName.startsWith('system:node:') ? undefined : 'subject common name does not begin with system:node:'

function usagesError(usages: readonly string[], purpose: string): string | undefined {
  // keys other than RSA have nothing to encipher
  const needed = [purpose, 'digital signature', 'key encipherment'].sort()
  const given = new Set(usages)
  const rest = needed.filter(usage => !given.has(usage))
  const complete = rest.length === 0 || (rest.length === 1 && rest[0] === 'key encipherment')
  const only = [...given].every(usage => needed.includes(usage))
  return complete && only ? undefined : `usages did not match [${needed.join(' ')}]`
}
