import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { PodSandboxConfig } from '@kubets/cri'
import type { AttachedNetwork } from '../sandbox/cni/network.ts'
import { type Identified, Index } from './id-index.ts'
import { readRecord, writeRecord } from './record-file.ts'

/** A pod sandbox as it stands on disk. Only the RPC that holds its lock changes it. */
export interface Sandbox extends Identified {
  readonly version: 1
  readonly id: string
  readonly config: PodSandboxConfig
  readonly runtimeHandler: string
  /** Nanoseconds since 1970. */
  readonly createdAt: string
  /** READY from the moment all is set up until StopPodSandbox begins (or a reboot is found out). */
  state: 'SANDBOX_READY' | 'SANDBOX_NOTREADY'
  /** What CNI attached; `null` for pods in the node's network, and once it was given back. */
  network: AttachedNetwork | null
  /** Addresses stay in the status of a stopped sandbox. */
  ips: string[]
  /** Process that keeps the pod's process namespace, where the pod shares one. */
  pidHolder: boolean
}

export class SandboxStore extends Index<Sandbox> {
  readonly #root: string
  constructor(root: string) {
    super('sandbox')
    this.#root = root
    mkdirSync(root, { recursive: true, mode: 0o700 })
  }

  /** The sandbox's folder for what outlives a reboot: its record, resolv.conf, hosts, hostname. */
  dir(id: string): string {
    return join(this.#root, id)
  }

  save(sandbox: Sandbox): void {
    mkdirSync(this.dir(sandbox.id), { recursive: true, mode: 0o700 })
    writeRecord(join(this.dir(sandbox.id), 'sandbox.json'), sandbox)
    this.set(sandbox)
  }

  remove(id: string): void {
    rmSync(this.dir(id), { recursive: true, force: true })
    this.delete(id)
  }

  /** Reads all records; `broken` is told of those that cannot be read (they stay on disk for a person to look at). */
  load(broken: (id: string, error: unknown) => void): void {
    for (const id of readdirSync(this.#root)) {
      try {
        this.set(readRecord<Sandbox>(join(this.dir(id), 'sandbox.json')))
      } catch (error) {
        broken(id, error)
      }
    }
  }
}
