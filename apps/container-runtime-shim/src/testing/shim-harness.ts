import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { createLogger, type Running } from '@kubets/component'
import {
  type ContainerConfig,
  type CriClient,
  connectCri,
  type ImageService,
  type Loose,
  type PodSandboxConfig,
} from '@kubets/cri'
import type { StreamingHandlers, StreamingServer } from '@kubets/streaming'
import type { ImageConfig, ImageRecord, Images } from '../images/contract.ts'
import { mountPoints } from '../sandbox/private-mount.ts'
import { type ContainerRuntimeShimOptions, startContainerRuntimeShim } from '../start.ts'
import { CLONE, loadSyscalls, MNT_DETACH } from '../system/syscalls.ts'
import { removeCgroups } from './remove-cgroups.ts'

/** Options of the containers of most tests: a process namespace of their own, as the kubelet asks for. */
export const ownProcesses = { securityContext: { namespaceOptions: { pid: 'CONTAINER' } } } as const

/**
 * A shim over real runc, conmon and CNI, in folders, cgroups and a network namespace of the test's own. The network namespace is
 * that of this process' main thread, so what it starts (CNI plugins) is in it too.
 */
export class ShimHarness implements AsyncDisposable {
  readonly dir: string
  readonly cgroup: string
  handlers: StreamingHandlers | undefined
  client!: CriClient
  #running: Running | undefined
  #attempt = 0
  readonly #overrides: Partial<ContainerRuntimeShimOptions>

  private constructor(overrides: Partial<ContainerRuntimeShimOptions>) {
    this.dir = mkdtempSync('/tmp/ks-')
    this.cgroup = `/kubets-test-${this.dir.slice(8)}`
    this.#overrides = overrides
  }

  static async start(overrides: Partial<ContainerRuntimeShimOptions> = {}): Promise<ShimHarness> {
    await ownNetworkNamespace()
    const harness = new ShimHarness(overrides)
    writeRootFs(join(harness.dir, 'images'))
    mkdirSync(join(harness.dir, 'net.d'))
    writeFileSync(join(harness.dir, 'net.d', '10-test.conflist'), JSON.stringify(harness.#network()))
    await harness.startShim()
    return harness
  }

  async startShim(): Promise<void> {
    const { dir } = this
    this.#running = await startContainerRuntimeShim({
      listen: join(dir, 'cri.sock'),
      root: join(dir, 'root'),
      state: join(dir, 'state'),
      cniConfDir: join(dir, 'net.d'),
      cniBinDirs: ['/usr/lib/cni'],
      cgroupRoot: this.cgroup,
      conmonCgroup: `${this.cgroup}/conmon`,
      startImages: async () => testImages(join(dir, 'images')),
      startStreaming: async ({ handlers }) => {
        this.handlers = handlers
        return {
          exec: () => 'x',
          attach: () => 'x',
          portForward: () => 'x',
          stop: async () => undefined,
        } as unknown as StreamingServer
      },
      ...(process.env.SHIM_LOG
        ? { log: createLogger({ component: 'shim', verbosity: Number(process.env.SHIM_LOG) }) }
        : {}),
      ...this.#overrides,
    })
    this.client = await connectCri({ socket: join(dir, 'cri.sock'), waitMs: 5_000 })
  }

  /** Ends the service; containers go on. */
  async stopShim(): Promise<void> {
    await this.client[Symbol.asyncDispose]()
    await this.#running?.stop()
  }

  sandboxConfig(config: Loose<PodSandboxConfig> = {}): Loose<PodSandboxConfig> {
    const attempt = this.#attempt++
    return {
      metadata: { name: 'pod', namespace: 'default', uid: `uid-${attempt}`, attempt },
      hostname: 'pod',
      logDirectory: join(this.dir, 'logs', String(attempt)),
      dnsConfig: { servers: ['10.96.0.10'], searches: ['default.svc.cluster.local'], options: ['ndots:5'] },
      ...config,
      linux: { cgroupParent: `${this.cgroup}/pod-${attempt}`, ...config.linux },
    }
  }

  async sandbox(config: Loose<PodSandboxConfig> = {}): Promise<string> {
    const { podSandboxId } = await this.client.runPodSandbox({ config: this.sandboxConfig(config) })
    return podSandboxId
  }

  async create(podSandboxId: string, script: string, config: Loose<ContainerConfig> = {}): Promise<string> {
    const { containerId } = await this.client.createContainer({
      podSandboxId,
      config: {
        metadata: { name: `c${this.#attempt++}`, attempt: 0 },
        image: { image: 'busybox' },
        command: ['/bin/sh', '-c', script],
        logPath: `c${this.#attempt}.log`,
        ...config,
        linux: { ...ownProcesses, ...config.linux },
      },
    })
    return containerId
  }

  async run(podSandboxId: string, script: string, config: Loose<ContainerConfig> = {}): Promise<string> {
    const containerId = await this.create(podSandboxId, script, config)
    await this.client.startContainer({ containerId })
    return containerId
  }

  async status(containerId: string) {
    const { status } = await this.client.containerStatus({ containerId })
    if (!status) throw new Error('no status')
    return status
  }

  /** The status once the container has ended. */
  async ended(containerId: string) {
    for await (const _ of poll(15_000)) {
      const status = await this.status(containerId)
      if (status.state === 'CONTAINER_EXITED') return status
    }
    throw new Error(`container ${containerId} did not end`)
  }

  async log(containerId: string): Promise<string> {
    return readFileSync((await this.status(containerId)).logPath, 'utf8')
  }

  /** What the container printed, without times and tags. */
  async output(containerId: string): Promise<string> {
    // a line that came in pieces, P, is one
    return (await this.log(containerId)).replace(
      /^\S+ (?:stdout|stderr) ([FP]) (.*\n)/gm,
      (_, tag: string, text: string) => (tag === 'P' ? text.slice(0, -1) : text),
    )
  }

  async exec(containerId: string, ...cmd: string[]): Promise<string> {
    const { stdout, stderr, exitCode } = await this.client.execSync({ containerId, cmd })
    if (exitCode !== 0) throw new Error(`exit code ${exitCode}: ${stderr}`)
    return String(stdout)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { items } = await this.client.listPodSandbox({})
    for (const { id } of items) await this.client.removePodSandbox({ podSandboxId: id })
    await this.stopShim()
    const sys = await loadSyscalls()
    const left = [...mountPoints().keys()]
      .filter(path => path.startsWith(`${this.dir}/`))
      .sort()
      .reverse()
    for (const path of left) sys.umount(path, MNT_DETACH)
    removeCgroups(this.cgroup)
    rmSync(this.dir, { recursive: true, force: true })
    const state = join(this.dir, 'state')
    const unexpected = left.filter(path => path !== state)
    if (unexpected.length > 0) throw new Error(`left mounted: ${unexpected.join(', ')}`)
  }

  #network(): object {
    return {
      cniVersion: '0.4.0',
      name: 'test',
      plugins: [
        {
          type: 'ptp',
          ipam: {
            type: 'host-local',
            dataDir: join(this.dir, 'ipam'),
            ranges: [[{ subnet: '10.213.7.0/24' }]],
            routes: [{ dst: '0.0.0.0/0' }],
          },
        },
        { type: 'portmap', capabilities: { portMappings: true } },
        { type: 'bandwidth', capabilities: { bandwidth: true } },
      ],
    }
  }
}

/** The error of a call that must fail. */
export function failure(call: Promise<unknown>): Promise<Error> {
  return call.then(
    () => {
      throw new Error('the call should have failed')
    },
    error => error as Error,
  )
}

/** Turns, with pauses, until the time is over. */
export async function* poll(ms: number): AsyncGenerator<void> {
  const end = Date.now() + ms
  while (Date.now() < end) {
    yield
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

let isolated = false

async function ownNetworkNamespace(): Promise<void> {
  if (isolated) return
  isolated = true
  const sys = await loadSyscalls()
  sys.unshare(CLONE.newnet)
  sys.loopbackUp()
}

/** Two layers under short names, as the image store lays them out: busybox, and files over it. */
function writeRootFs(dir: string): void {
  const [first, second] = [join(dir, 'l/1'), join(dir, 'l/2')]
  for (const path of ['bin', 'etc', 'tmp', 'data']) mkdirSync(join(first, path), { recursive: true })
  copyFileSync('/bin/busybox', join(first, 'bin/busybox'))
  for (const name of execFileSync('/bin/busybox', ['--list'], { encoding: 'utf8' }).trim().split('\n'))
    if (!existsSync(join(first, 'bin', name))) symlinkSync('busybox', join(first, 'bin', name))
  writeFileSync(join(first, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1001:web:/home/web:/bin/sh\n')
  writeFileSync(join(first, 'etc/group'), 'root:x:0:\nweb:x:1001:\nextra:x:1002:web\n')
  mkdirSync(join(second, 'data'), { recursive: true })
  writeFileSync(join(second, 'data/seed'), 'from the image\n')
}

function testImages(dir: string): Images {
  const config: ImageConfig = { Env: ['FROM_IMAGE=yes'], Cmd: ['/bin/sh'], WorkingDir: '/tmp' }
  const record = (id: string, change: ImageConfig): ImageRecord => ({
    id: `sha256:${id.repeat(64)}`,
    repoTags: [`docker.io/library/${id === 'a' ? 'busybox' : 'volumes'}:test`],
    repoDigests: [],
    size: 1,
    config: { ...config, ...change },
    layers: [join(dir, 'l/1'), join(dir, 'l/2')],
  })
  const images: Record<string, ImageRecord> = {
    busybox: record('a', {}),
    volumes: record('b', { Volumes: { '/data': {} }, User: 'web', StopSignal: 'SIGUSR1' }),
  }
  return {
    store: {
      layersDir: dir,
      resolve: reference => images[reference] ?? Object.values(images).find(i => i.id === reference),
      hold: () => ({ [Symbol.dispose]: () => undefined }),
    },
    service: {
      listImages: async () => ({}),
      async *streamImages() {},
      imageStatus: async () => ({}),
      pullImage: async () => ({}),
      removeImage: async () => ({}),
      imageFsInfo: async () => ({}),
    } satisfies ImageService,
    [Symbol.asyncDispose]: async () => undefined,
  }
}
