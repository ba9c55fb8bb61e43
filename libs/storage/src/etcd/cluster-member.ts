import { type ChildProcess, spawn } from 'node:child_process'
import { chown, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { endsWithUs } from '@kubets/component/testing'
import { cutOff, type MemberPorts, userOf } from './cut-off.ts'

export interface MemberOptions {
  own: MemberPorts
  /** All members, this one too. */
  plan: readonly MemberPorts[]
  directory: string
  files: { ca: string }
  binary?: string
  args?: readonly string[]
  partitions?: boolean
}

/** One process of a test's etcd cluster, and what can happen to it. */
export class EtcdMember implements AsyncDisposable {
  readonly name: string
  readonly endpoint: string
  readonly #options: MemberOptions
  #process: ChildProcess | undefined
  #complaints = ''
  #frozen = false
  #partition: Disposable | undefined

  constructor(options: MemberOptions) {
    this.#options = options
    this.name = options.own.name
    this.endpoint = `https://127.0.0.1:${options.own.client}`
  }

  get pid(): number {
    return this.#process?.pid ?? 0
  }

  get running(): boolean {
    const child = this.#process
    return child !== undefined && child.exitCode === null && child.signalCode === null && !this.#frozen
  }

  /** Its last words, for errors of tests. */
  get complaints(): string {
    return this.#complaints
  }

  /** Starts the process, or starts it again on its data. Does not wait for a leader. */
  async start(): Promise<void> {
    const { own, plan, directory, binary, args = [], partitions } = this.#options
    const data = join(directory, own.name)
    await mkdir(data, { recursive: true, mode: 0o700 })
    const user = userOf(own)
    if (partitions) await chown(data, user, user)
    const peer = ({ peer: port }: MemberPorts) => `https://127.0.0.1:${port}`
    const file = (name: string) => join(directory, name)
    const [program, ...programArgs] = endsWithUs([
      binary ?? process.env.KUBETS_TEST_ETCD ?? 'etcd',
      ...['--name', own.name, '--data-dir', data, '--log-level', 'error', '--initial-cluster-state', 'new'],
      // quicker elections than by default: tests wait for them
      ...['--heartbeat-interval', '50', '--election-timeout', '500'],
      ...['--listen-client-urls', this.endpoint, '--advertise-client-urls', this.endpoint],
      ...['--listen-peer-urls', peer(own), '--initial-advertise-peer-urls', peer(own)],
      ...['--initial-cluster', plan.map(one => `${one.name}=${peer(one)}`).join(',')],
      ...['--cert-file', file('member.crt'), '--key-file', file('member.key')],
      ...['--trusted-ca-file', this.#options.files.ca, '--client-cert-auth'],
      ...['--peer-cert-file', file('member.crt'), '--peer-key-file', file('member.key')],
      ...['--peer-trusted-ca-file', this.#options.files.ca, '--peer-client-cert-auth'],
      ...args,
    ])
    const child = spawn(program, programArgs, {
      stdio: ['ignore', 'ignore', 'pipe'],
      ...(partitions ? { uid: user, gid: user } : {}),
    })
    this.#process = child
    this.#frozen = false
    child.stderr?.on('data', data => {
      this.#complaints = (this.#complaints + data).slice(-4_000)
    })
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
  }

  /** SIGKILL. The data stays. */
  async kill(): Promise<void> {
    const child = this.#process
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGKILL')
    await exited
  }

  /** SIGSTOP: its connections stay open, and it says nothing. */
  freeze(): void {
    this.#frozen = true
    this.#process?.kill('SIGSTOP')
  }

  thaw(): void {
    this.#frozen = false
    this.#process?.kill('SIGCONT')
  }

  /** Cuts it off from the other members; clients still reach it. */
  partition(): void {
    if (!this.#options.partitions) throw new Error('this etcd cluster was not started with partitions')
    const { own, plan } = this.#options
    this.#partition ??= cutOff(
      own,
      plan.filter(one => one !== own),
    )
  }

  heal(): void {
    this.#partition?.[Symbol.dispose]()
    this.#partition = undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.heal()
    this.thaw()
    await this.kill()
  }
}
