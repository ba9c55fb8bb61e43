import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { RpcError, rpcCode } from '@kubets/cri'
import { runcMessage } from '../container/runc.ts'
import type { ShimContext } from '../context.ts'
import { bundlePaths } from '../paths.ts'
import type { Container } from '../store/container-store.ts'

export interface ExecProcess {
  child: ChildProcess
  /** Whether the command itself runs (or ran): until then, what appears on stderr is runc's. */
  commandStarted(): boolean
  /** Kills the command; killing `runc exec` would leave it running. */
  kill(): void
  /** Exit code of the command. Rejects when it could not be started, with runc's words. */
  exited: Promise<number>
}

/** How long runc may take to notice the end of a command that was killed. */
const lingerMs = 500

/** Starts a command in a running container with the container's own user, environment and limits. */
export function execInContainer(
  ctx: ShimContext,
  container: Container,
  cmd: readonly string[],
  stdio: ('pipe' | 'ignore' | number)[],
  tty = false,
): ExecProcess {
  if (container.status.state !== 'CONTAINER_RUNNING')
    throw new RpcError(rpcCode.failedPrecondition, `container is in ${container.status.state} state`)
  if (cmd.length === 0) throw new RpcError(rpcCode.invalidArgument, 'command must not be empty')
  const files = join(bundlePaths(ctx.paths, container.id).dir, `exec-${randomBytes(6).toString('hex')}`)
  const [pidFile, logFile] = [`${files}.pid`, `${files}.log`]
  const args = ['--log', logFile, 'exec', ...(tty ? ['--tty'] : []), '--pid-file', pidFile, container.id, ...cmd]
  const child = spawn(ctx.runc.path, ctx.runc.args(...args), { stdio, detached: tty })
  const commandStarted = () => existsSync(pidFile)
  let asked = false
  const kill = () => {
    asked = true
    // a child of the command that holds its output open keeps runc waiting after the command's own end
    ctx.clock.after(lingerMs, () => {
      if (child.exitCode === null) child.kill('SIGKILL')
    })
    try {
      process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL')
    } catch {
      if (child.exitCode === null) child.kill('SIGKILL') // not started yet: runc takes its half-made process with it
    }
  }
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      const started = commandStarted()
      const said = started ? '' : readLog(logFile)
      rm(pidFile, { force: true })
        .then(() => rm(logFile, { force: true }))
        .catch(error => ctx.log.warn({ err: error }, 'Removing files of an ended exec failed'))
      if (started || asked) resolve(code ?? (signal === 'SIGKILL' ? 137 : 143))
      else reject(new Error(`OCI runtime exec failed: ${runcMessage(said) || `runc ended with code ${code}`}`))
    })
  })
  exited.catch(() => undefined) // each caller awaits it in its own time
  return { child, commandStarted, kill, exited }
}

function readLog(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
