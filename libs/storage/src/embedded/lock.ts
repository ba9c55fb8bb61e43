import { statSync, unlinkSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
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
  const { path, handle } = await socketOf(directory)
  try {
    for (let attempt = 0; ; attempt++) {
      const server = await listen(path)
      if (server) return held(server, handle)
      const inode = inodeOf(path)
      const owner = await ownerOf(path)
      if (owner !== undefined || attempt >= 5) throw new StoreLockedError(directory, owner ?? '')
      if (inode !== undefined && inodeOf(path) === inode) unlinkSync(path)
    }
  } catch (error) {
    await handle?.close()
    throw error instanceof Error && 'code' in error ? storeUnusable(directory, error) : error
  }
}

/** Whether some process has it. One that was killed has not. */
export async function isLocked(directory: string): Promise<boolean> {
  const { path, handle } = await socketOf(directory)
  try {
    return (await ownerOf(path)) !== undefined
  } finally {
    await handle?.close()
  }
}

/** A socket's path may have 107 bytes only: the directory is reached through an open descriptor where it is longer. */
async function socketOf(directory: string): Promise<{ path: string; handle: FileHandle | undefined }> {
  const path = join(directory, 'lock')
  if (path.length <= 100 || process.platform !== 'linux') return { path, handle: undefined }
  const handle = await open(directory)
  return { path: `/proc/self/fd/${handle.fd}/lock`, handle }
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

/** As {@link askOwner}: an owner between bind and listen refuses as a dead one does, so it is asked twice. */
async function ownerOf(path: string): Promise<string | undefined> {
  const owner = await askOwner(path)
  if (owner !== undefined) return owner
  await delay(10)
  return await askOwner(path)
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
