import type { Server } from 'node:net'

/** Connections that the kernel holds until we take them: Node's 511 are too few when every client comes back at once. */
const backlog = 4_096

/** Resolves when the server listens; rejects with what to do where it cannot. */
export async function bind(
  server: Server,
  { bindAddress, port }: { bindAddress: string; port: number },
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host: bindAddress, backlog }, () => {
      server.off('error', reject)
      resolve()
    })
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE')
      throw new Error(
        `port ${port} on ${bindAddress} is already in use: stop the process that listens there or choose another --secure-port`,
        { cause: error },
      )
    if (error.code === 'EADDRNOTAVAIL')
      throw new Error(`this machine has no address ${bindAddress}: choose another --bind-address`, { cause: error })
    if (error.code === 'EACCES')
      throw new Error(`no permission to listen on port ${port}: choose a --secure-port above 1023`, { cause: error })
    throw error
  })
}
