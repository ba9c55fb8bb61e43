import type { Run } from '../system/run.ts'

export interface RuncState {
  status: 'creating' | 'created' | 'running' | 'paused' | 'stopped'
  pid: number
}

/** The commands of runc that we use, by container id. Each costs a process (4–12 ms). */
export class Runc {
  readonly path: string
  /** `--root`: where runc keeps its own state. */
  readonly root: string
  readonly #run: Run
  constructor(path: string, root: string, run: Run) {
    this.path = path
    this.root = root
    this.#run = run
  }

  /** Arguments for a caller that starts runc itself (conmon, exec with pipes or a terminal). */
  args(...args: string[]): string[] {
    return [`--root=${this.root}`, ...args]
  }

  async start(id: string): Promise<void> {
    await this.#call('start', id)
  }

  /** `undefined` when runc does not know the container. */
  async state(id: string): Promise<RuncState | undefined> {
    const { code, stdout, stderr } = await this.#run(this.path, this.args('state', id))
    if (code !== 0) {
      if (/does not exist/.test(stderr)) return undefined
      throw runcError('state', stderr)
    }
    return JSON.parse(stdout) as RuncState
  }

  /** Sends a signal to the first process, or (`'all'`) to every process of the container. A process that has ended is no error. */
  async kill(id: string, signal: string, whom: 'first' | 'all' = 'first'): Promise<void> {
    await this.#call('kill', ...(whom === 'all' ? ['--all'] : []), id, signal).catch(error => {
      if (!/process already finished|does not exist|container not running|no such process/i.test(String(error)))
        throw error
    })
  }

  /** Kills what is left and frees the cgroup. Unknown containers are no error. */
  async delete(id: string): Promise<void> {
    await this.#call('delete', '--force', id).catch(error => {
      if (!/does not exist/.test(String(error))) throw error
    })
  }

  async update(id: string, resources: object): Promise<void> {
    await this.#call('update', { input: JSON.stringify(resources) }, '--resources', '-', id)
  }

  async runDetached(id: string, bundle: string, pidFile: string): Promise<void> {
    // no pipes: a detached process would keep them, and the call would never end
    const { code, stderr } = await this.#run('/bin/sh', [
      '-c',
      '"$@" </dev/null >/dev/null 2>"$0"',
      `${bundle}/runc.err`,
      this.path,
      ...this.args('run', '--detach', '--bundle', bundle, '--pid-file', pidFile, id),
    ])
    if (code !== 0) {
      const { readFile } = await import('node:fs/promises')
      throw runcError('run', stderr + (await readFile(`${bundle}/runc.err`, 'utf8').catch(() => '')))
    }
  }

  async #call(command: string, ...rest: (string | { input: string })[]): Promise<string> {
    const input = rest.find(r => typeof r === 'object')
    const args = rest.filter(r => typeof r === 'string')
    const { code, stdout, stderr } = await this.#run(this.path, this.args(command, ...args), input ?? {})
    if (code !== 0) throw runcError(command, stderr)
    return stdout
  }
}

/** What runc has to say without its log prefix (`time="…" level=error msg="…"`). */
export function runcMessage(stderr: string): string {
  const lines = stderr
    .trim()
    .split('\n')
    .filter(line => !/level=(warning|info|debug)/.test(line))
    .map(line => {
      const quoted = /level=(?:error|fatal) msg="((?:[^"\\]|\\.)*)"/.exec(line)?.[1]
      return quoted === undefined ? line.trim() : (JSON.parse(`"${quoted}"`) as string)
    })
    .filter(line => line !== '')
  return [...new Set(lines)].join('; ') || stderr.trim()
}

function runcError(command: string, stderr: string): Error {
  const message = runcMessage(stderr)
  return new Error(message.startsWith('runc ') ? message : `runc ${command} failed: ${message}`)
}
