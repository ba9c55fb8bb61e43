import type { TLSSocket } from 'node:tls'

export type Access = 'allowed' | 'unauthorized' | 'forbidden'

/** Only the api-server and administrators may ask the kubelet: a verified certificate of group system:masters, or kubeadm's name for the api-server's kubelet client. */
export function clientAccess(socket: TLSSocket): { access: Access; user: string } {
  if (!socket.authorized) return { access: 'unauthorized', user: '' }
  const { CN, O } = socket.getPeerCertificate().subject ?? {}
  const user = String(CN ?? '')
  const groups = O === undefined ? [] : Array.isArray(O) ? O : [O]
  const allowed = groups.includes('system:masters') || user === 'kube-apiserver-kubelet-client'
  return { access: allowed ? 'allowed' : 'forbidden', user }
}
