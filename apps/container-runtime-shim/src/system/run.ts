import { spawn } from 'node:child_process'

export interface RunOptions {
  input?: string
  env?: NodeJS.ProcessEnv
  cwd?: string
  /** Milliseconds until the process is killed. Default: two minutes. */
  timeoutMs?: number
}

export interface RunResult {
  /** 128 + number for a signal; -1 when it could not be started. */
  code: number
  stdout: string
  stderr: string
}

/** Runs a program to its end. Output beyond 4 MiB a stream is dropped. Rejects only when the program cannot be started. */
export type Run = (file: string, args: readonly string[], options?: RunOptions) => Promise<RunResult>

const maxOutput = 4 << 20

export const run: Run = (file, args, options = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: options.env ?? process.env,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      timeout: options.timeoutMs ?? 120_000,
      killSignal: 'SIGKILL',
    })
    const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
    for (const name of ['stdout', 'stderr'] as const) {
      let size = 0
      child[name].on('data', (chunk: Buffer) => {
        if (size < maxOutput) output[name].push(chunk)
        size += chunk.length
      })
    }
    child.stdin.on('error', () => undefined) // the program ended without reading: its exit code tells
    child.once('error', reject)
    child.once('close', (code, signal) =>
      resolve({
        code: code ?? (signal === 'SIGKILL' ? 137 : 143),
        stdout: Buffer.concat(output.stdout).toString(),
        stderr: Buffer.concat(output.stderr).toString(),
      }),
    )
    child.stdin.end(options.input ?? '')
  })
