import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { issueCertificate, type KeyPair } from '@kubets/pki'
import type { TestApiServer } from './api-server.ts'

export interface FakeKubelet extends AsyncDisposable {
  readonly port: number
  /** Request lines that arrived, oldest first: `GET /containerLogs/…`. */
  readonly requests: readonly string[]
  /** Common name of the last client's certificate. */
  readonly client: string
  /** What it shows itself with to the api-server, and the api-server to it. */
  readonly clientOptions: { cert: string; key: string; ca: string }
  onRequest: (request: IncomingMessage, response: ServerResponse) => void
}

/** The HTTPS side of a kubelet, for tests of what the api-server passes on. */
export async function fakeKubelet(authority: KeyPair, address = '127.0.0.1'): Promise<FakeKubelet> {
  const [serving, client] = await Promise.all([
    issueCertificate(authority, {
      commonName: 'system:node:n1',
      organizations: ['system:nodes'],
      ipAddresses: [address],
      usages: ['server'],
    }),
    issueCertificate(authority, { commonName: 'kube-apiserver-kubelet-client', usages: ['client'] }),
  ])
  const requests: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer({
    ...serving,
    ca: authority.cert,
    requestCert: true,
    rejectUnauthorized: true,
  })
  const kubelet: FakeKubelet = {
    port: 0,
    requests,
    client: '',
    clientOptions: { ...client, ca: authority.cert },
    onRequest: (_request, response) => response.writeHead(404).end(),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>(resolve => server.close(() => resolve()))
    },
  }
  const note = (request: IncomingMessage) => {
    requests.push(`${request.method} ${request.url}`)
    const subject = (request.socket as TLSSocket).getPeerCertificate().subject
    Object.assign(kubelet, { client: String(subject.CN) })
  }
  server.on('secureConnection', socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => {})
  })
  server.on('request', (request, response) => {
    note(request)
    kubelet.onRequest(request, response)
  })
  await new Promise<void>(resolve => server.listen(0, address, resolve))
  return Object.assign(kubelet, { port: (server.address() as AddressInfo).port })
}

/** A node at whose address a kubelet listens, as the kubelet itself would tell it. */
export async function addNode(
  { h2 }: Pick<TestApiServer, 'h2'>,
  { name = 'n1', port, address = '127.0.0.1' }: { name?: string; port: number; address?: string },
): Promise<void> {
  const metadata = { name }
  const status = {
    addresses: [{ type: 'InternalIP', address }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
  }
  const made = await h2.request('POST', '/api/v1/nodes', { body: { metadata } })
  const told = await h2.request('PUT', `/api/v1/nodes/${name}/status`, { body: { metadata, status } })
  if (made.status !== 201 || told.status !== 200) throw new Error(`no node ${name}: ${made.text} ${told.text}`)
}
