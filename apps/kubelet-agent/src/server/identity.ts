import type { PeerCertificate, TLSSocket } from 'node:tls'

export interface ClientIdentity {
  readonly user: string
  readonly groups: readonly string[]
}

/** Who is on the other end: the common name and the organizations of a client certificate that our CA has signed. */
export function clientIdentity(socket: TLSSocket): ClientIdentity | undefined {
  if (!socket.authorized) return undefined
  const certificate = socket.getPeerCertificate() as PeerCertificate | Record<string, never>
  const subject = certificate.subject as Record<string, string | string[] | undefined> | undefined
  if (subject === undefined) return undefined
  const all = (value: string | string[] | undefined) =>
    value === undefined ? [] : Array.isArray(value) ? value : [value]
  return { user: all(subject.CN)[0] ?? '', groups: all(subject.O) }
}

/**
 * Whether a client may use this server. Until the kubelet asks the api-server (webhook authorization comes with RBAC) that is the api-server's
 * own certificate and other cluster administrators: who can exec into any pod is one.
 */
export function mayUseKubelet(identity: ClientIdentity): boolean {
  if (identity.user === 'kube-apiserver-kubelet-client') return true // kubeadm's name for it
  return identity.groups.includes('system:masters') || identity.groups.includes('kubeadm:cluster-admins')
}
