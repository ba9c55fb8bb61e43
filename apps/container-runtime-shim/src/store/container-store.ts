import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ContainerConfig, LinuxContainerResources, LinuxContainerUser } from '@kubets/cri'
import { type Identified, Index } from './id-index.ts'
import { readRecord, writeRecord } from './record-file.ts'

/**
 * A container's life:
 *
 *     CREATED ──start──> RUNNING ──its process ends──> EXITED ──RemoveContainer──> (gone)
 *        └──────the start fails (StartError, exit code 128)──────^
 *
 * Nothing goes back. The root file system is mounted from CREATED until EXITED; runc and conmon know it while RUNNING.
 */
export interface ContainerStatusRecord {
  readonly version: 1
  state: 'CONTAINER_CREATED' | 'CONTAINER_RUNNING' | 'CONTAINER_EXITED'
  /** Nanoseconds since 1970, '0' until it happens. */
  startedAt: string
  finishedAt: string
  exitCode: number
  reason: string
  message: string
  /** The container's first process and its conmon, 0 when there is none. */
  pid: number
  conmonPid: number
  /** As last set by UpdateContainerResources. */
  resources: LinuxContainerResources | null
}

/** What never changes after CreateContainer. */
export interface ContainerRecord {
  readonly version: 1
  readonly id: string
  readonly sandboxId: string
  readonly config: ContainerConfig
  readonly createdAt: string
  readonly imageId: string
  readonly imageRef: string
  /** Absolute; empty when nothing is kept. */
  readonly logPath: string
  readonly stopSignal: string
  readonly user: LinuxContainerUser
  /** Below every hierarchy's mount point. */
  readonly cgroupPath: string
  /** Lowest first; the mount is made again from these. */
  readonly layers: readonly string[]
  /** Images that `mounts` show, beside the container's own. */
  readonly mountedImages: readonly string[]
}

export interface Container extends Identified {
  readonly id: string
  readonly record: ContainerRecord
  status: ContainerStatusRecord
  /** The image's layers stay while the container exists. */
  holds: Disposable[]
}

export class ContainerStore extends Index<Container> {
  readonly #root: string
  constructor(root: string) {
    super('container')
    this.#root = root
    mkdirSync(root, { recursive: true, mode: 0o700 })
  }

  /** The container's folder for what outlives a reboot: its records, the writable layer, volumes of the image. */
  dir(id: string): string {
    return join(this.#root, id)
  }

  add(container: Container): void {
    mkdirSync(this.dir(container.id), { recursive: true, mode: 0o700 })
    writeRecord(join(this.dir(container.id), 'container.json'), container.record)
    this.update(container, container.status)
  }

  /** Changes the status on disk, then in memory. */
  update(container: Container, change: Partial<ContainerStatusRecord>): void {
    const status = { ...container.status, ...change }
    writeRecord(join(this.dir(container.id), 'status.json'), status)
    container.status = status
    this.set(container)
  }

  remove(container: Container): void {
    rmSync(this.dir(container.id), { recursive: true, force: true })
    this.delete(container.id)
    for (const hold of container.holds) hold[Symbol.dispose]()
  }

  ofSandbox(sandboxId: string): Container[] {
    return this.all().filter(c => c.record.sandboxId === sandboxId)
  }

  load(broken: (id: string, error: unknown) => void): void {
    for (const id of readdirSync(this.#root)) {
      try {
        const record = readRecord<ContainerRecord>(join(this.dir(id), 'container.json'))
        const status = readRecord<ContainerStatusRecord>(join(this.dir(id), 'status.json'))
        this.set({ id, record, status, holds: [] })
      } catch (error) {
        broken(id, error)
      }
    }
  }
}
