import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { type Clock, systemClock } from '@kubets/component'
import type { StoreIndex } from './index-file.ts'

/**
 * Files of a layer reach the disk when the kernel likes. After a power cut the index (which is synced) could name a layer
 * whose files are empty. So a fresh layer carries the boot it was made in until the file system has been synced, in the
 * background since that may take seconds on a busy disk; a layer that carries another boot is not trusted.
 */
export interface Durability extends AsyncDisposable {
  /** Written into fresh layers. */
  readonly boot: string
  /** A layer was added: a sync follows within seconds, one for all that came until it starts. */
  added(): void
}

export interface DurabilityOptions {
  /** Any path on the file system. */
  root: string
  index: StoreIndex
  save(): Promise<void>
  boot: string
  clock?: Clock
  /** Writes the file system out. */
  sync?: (root: string, signal: AbortSignal) => Promise<void>
}

/** Layers that come within this time share a sync. */
const delayMs = 3_000

export async function currentBoot(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
}

/** Takes layers out of the index that a crash of the machine may have emptied, and the images that need them. */
export function dropUntrusted(index: StoreIndex, boot: string): void {
  for (const [diffID, layer] of index.layers)
    if (layer.boot !== undefined && layer.boot !== boot) index.layers.delete(diffID)
  for (const [id, image] of index.images)
    if (image.layers.some(diffID => !index.layers.has(diffID))) index.images.delete(id)
}

export function createDurability(options: DurabilityOptions): Durability {
  const { root, index, boot, clock = systemClock, sync = syncFileSystem } = options
  const ended = new AbortController()
  let cancel: (() => void) | undefined
  let running: Promise<void> | undefined
  const run = async () => {
    const fresh = [...index.layers.values()].filter(layer => layer.boot !== undefined)
    await sync(root, ended.signal)
    for (const layer of fresh) delete layer.boot
    await options.save()
  }
  const schedule = () => {
    cancel ??= clock.after(delayMs, () => {
      cancel = undefined
      // one at a time; when it fails the marks stay, and the next layer or start brings another try
      running = (running ?? Promise.resolve()).then(run).catch(() => undefined)
    })
  }
  if ([...index.layers.values()].some(layer => layer.boot !== undefined)) schedule()
  return {
    boot,
    added: schedule,
    async [Symbol.asyncDispose]() {
      cancel?.()
      ended.abort()
      await running
    },
  }
}

/** `sync -f`: Node has no syncfs, and the call would hold a thread of its pool for as long as the disk takes. */
function syncFileSystem(root: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('sync', ['-f', root], { stdio: 'ignore', signal })
    child.once('error', reject)
    child.once('close', code => (code === 0 ? resolve() : reject(new Error(`sync -f ended with ${code}`))))
  })
}
