import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ContainerStatus, Image, PodSandboxStatus } from '../messages/index.ts'

export interface FakeSandbox {
  status: PodSandboxStatus
  logDirectory: string
}

export interface FakeContainer {
  sandboxId: string
  status: ContainerStatus
  /** When and how it ends by itself; absent: it runs until stopped. */
  exit?: { afterMs: number; code: number }
}

/** What the fake runtime knows. Bounded by what its client creates; ended containers stay until they are removed, as in CRI. */
export interface FakeState {
  readonly sandboxes: Map<string, FakeSandbox>
  readonly containers: Map<string, FakeContainer>
  readonly images: Map<string, Image>
  /** To be called after every change: writes the state to disk in the background, newest wins. */
  changed(): void
  /** Waits until the last change is on disk. */
  flush(): Promise<void>
}

interface Saved {
  version: 1
  sandboxes: [string, FakeSandbox][]
  containers: [string, FakeContainer][]
  images: [string, Image][]
}

/** In memory; with a directory also in `state.json` in it, so that a restart finds everything again. */
export async function openFakeState(directory: string | undefined): Promise<FakeState> {
  const file = directory === undefined ? undefined : join(directory, 'state.json')
  if (directory !== undefined) await mkdir(directory, { recursive: true })
  const saved = file === undefined ? undefined : await read(file)
  const sandboxes = new Map(saved?.sandboxes)
  const containers = new Map(saved?.containers)
  const images = new Map(saved?.images)
  let dirty = false
  let writing: Promise<void> | undefined

  async function write(path: string): Promise<void> {
    while (dirty) {
      dirty = false
      const content: Saved = {
        version: 1,
        sandboxes: [...sandboxes],
        containers: [...containers],
        images: [...images],
      }
      await writeFile(`${path}.new`, JSON.stringify(content))
      await rename(`${path}.new`, path)
    }
  }

  return {
    sandboxes,
    containers,
    images,
    changed() {
      if (file === undefined) return
      dirty = true
      writing ??= write(file).finally(() => {
        writing = undefined
      })
    },
    async flush() {
      await writing
    },
  }
}

async function read(file: string): Promise<Saved | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const saved = JSON.parse(text) as Saved
  if (saved.version !== 1) throw new Error(`${file} has version ${saved.version}, this fake runtime reads version 1`)
  return saved
}
