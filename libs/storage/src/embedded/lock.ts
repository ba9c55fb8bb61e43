import { statSync, unlinkSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { createConnection, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { StoreLockedError, storeUnusable } from './errors.ts'

/**
 * One process per store: a listening unix socket in the store's directory. The kernel takes the listener away with its
 * process, so a lock never outlives its owner, and it holds across containers that share the directory. Whoever connects
 * is told the owner's pid.
 */
export async function lockDirectory(directory: string): Promise<AsyncDisposable> {
  // a socket's path may have 107 bytes only: reach the directory through an open descriptor where it is longer
  const handle =
    join(directory, 'lock').length > 100 && process.platform === 'linux' ? await open(directory) : undefined
  const path = handle ? `/proc/self/fd/${handle.fd}/lock` : join(directory, 'lock')
  try {
    for (let attempt = 0; ; attempt++) {
      const server = await listen(path)
      if (server) return held(server, handle)
      const inode = inodeOf(path)
      // an owner between bind and listen refuses as a dead one does: ask twice
      let owner = await askOwner(path)
      if (owner === undefined) {
        await delay(10)
        owner = await askOwner(path)
      }
      if (owner !== undefined || attempt >= 5) throw new StoreLockedError(directory, owner ?? '')
      if (inode !== undefined && inodeOf(path) === inode) unlinkSync(path)
    }
  } catch (error) {
    await handle?.close()
    throw error instanceof Error && 'code' in error ? storeUnusable(directory, error) : error
  }
}

function held(server: Server, handle: AsyncDisposable | undefined): AsyncDisposable {
  server.unref()
  return {
    async [Symbol.asyncDispose]() {
      await new Promise<void>(resolve => server.close(() => resolve()))
      await handle?.[Symbol.asyncDispose]()
    },
  }
}

function listen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer(socket => {
      socket.on('error', () => socket.destroy())
      socket.end(String(process.pid))
    })
    server.once('error', error => {
      if ('code' in error && error.code === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    server.listen({ path }, () => resolve(server))
  })
}

/** The owner's pid, '' when it answers without one, `undefined` when nobody listens. */
function askOwner(path: string): Promise<string | undefined> {
  return new Promise(resolve => {
    let pid = ''
    const socket = createConnection({ path })
    socket.setTimeout(1_000, () => socket.destroy())
    socket.setEncoding('utf8')
    socket.on('data', text => {
      pid += text
    })
    socket.on('error', () => resolve(undefined))
    socket.on('close', () => resolve(pid))
  })
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino
}
