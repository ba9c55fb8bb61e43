import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'

// a server in a process of its own, so that the client's thread does nothing but the client's work
const pod = JSON.stringify({ kind: 'Pod', apiVersion: 'v1', metadata: { name: 'a', uid: 'x', resourceVersion: '5' } })
const server = createServer()
server.on('stream', stream => {
  stream.resume()
  stream.on('end', () => {
    stream.respond({ ':status': 201, 'content-type': 'application/json' })
    stream.end(pod)
  })
})
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
