import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from './free-ports.ts'

export interface EtcdServer extends AsyncDisposable {
  readonly endpoint: string
  readonly pid: number
  /** Ends the process at once; the data stays for `restart`. */
  kill(): Promise<void>
  restart(): Promise<void>
}

export interface EtcdServerOptions {
  /** Default: what the environment's `KUBETS_TEST_ETCD` names (to run the suites on another version), else `etcd` on the PATH. */
  binary?: string
  args?: readonly string[]
  /** Where clients are listened for. Default: a free port. */
  port?: number
  /** Default `http`. */
  scheme?: 'http' | 'https'
  /** Files for asking a server with TLS whether it is up. */
  health?: { ca: string; cert: string; key: string }
}

/** A real etcd on free loopback ports with a directory of its own, for tests. Disposing it ends the process and removes the directory. */
export async function startEtcdServer(options: EtcdServerOptions = {}): Promise<EtcdServer> {
  const directory = await mkdtemp(join(tmpdir(), 'kubets-etcd-'))
  let process: ChildProcess | undefined
  let endpoint = ''
  let peer = ''

  async function start(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      if (endpoint === '') {
        const [free, other] = await freePorts(2)
        const client = options.port ?? free
        endpoint = `${options.scheme ?? 'http'}://127.0.0.1:${client}`
        peer = `http://127.0.0.1:${other}`
      }
      const child = spawn(
        options.binary ?? globalThis.process.env.KUBETS_TEST_ETCD ?? 'etcd',
        [
          ...['--name', 'test', '--data-dir', directory, '--log-level', 'error'],
          ...['--listen-client-urls', endpoint, '--advertise-client-urls', endpoint],
          ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `test=${peer}`],
          ...(options.args ?? []),
        ],
        { stdio: ['ignore', 'ignore', 'pipe'] },
      )
      process = child
      let complaints = ''
      child.stderr.on('data', data => {
        complaints = (complaints + data).slice(-4_000)
      })
      let failure: Error | undefined
      child.once('error', error => {
        failure = error
      })
      while (!failure && child.exitCode === null) {
        if (await isHealthy(endpoint, options.health)) return
        await new Promise(resolve => setTimeout(resolve, 20))
      }
      // somebody else may have taken the port in between
      if (failure || attempt === 3) throw failure ?? new Error(`etcd does not start: ${complaints}`)
      endpoint = ''
    }
  }

  async function kill(): Promise<void> {
    const child = process
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exited = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGKILL')
    await exited
  }

  try {
    await start()
  } catch (error) {
    await kill()
    await rm(directory, { recursive: true, force: true })
    throw error
  }
  return {
    get endpoint() {
      return endpoint
    },
    get pid() {
      return process?.pid ?? 0
    },
    kill,
    restart: start,
    async [Symbol.asyncDispose]() {
      await kill()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function isHealthy(endpoint: string, files: EtcdServerOptions['health']): Promise<boolean> {
  const { request } = process.getBuiltinModule(files ? 'node:https' : 'node:http')
  const tls = files
    ? { ca: await readFile(files.ca), cert: await readFile(files.cert), key: await readFile(files.key) }
    : {}
  return new Promise(resolve => {
    const asked = request(`${endpoint}/health`, { ...tls, agent: false, timeout: 1_000 }, async response => {
      let text = ''
      for await (const chunk of response) text += chunk
      resolve(text.includes('"true"'))
    })
    asked.on('error', () => resolve(false))
    asked.on('timeout', () => asked.destroy())
    asked.end()
  })
}

export { freePorts } from './free-ports.ts'
