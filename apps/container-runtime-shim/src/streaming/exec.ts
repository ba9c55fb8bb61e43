import { closeSync } from 'node:fs'
import type { StreamingHandlers } from '@kubets/streaming'
import type { ShimContext } from '../context.ts'
import { execInContainer } from '../exec/exec-process.ts'
import { stderrGate } from '../exec/stderr-gate.ts'
import type { Container } from '../store/container-store.ts'
import { openPseudoTerminal } from '../system/pseudo-terminal.ts'

type Session = Parameters<StreamingHandlers['exec']>[1]

/** `kubectl exec`: a command in the container, its streams the client's. */
export const execStream =
  (ctx: ShimContext): StreamingHandlers['exec'] =>
  async ({ containerId, cmd }, session) => {
    const container = ctx.containers.get(containerId)
    try {
      const exitCode = session.tty
        ? await withTerminal(ctx, container, cmd, session)
        : await withPipes(ctx, container, cmd, session)
      return { exitCode }
    } catch (error) {
      throw new Error(
        `failed to exec in container: failed to start exec: ${error instanceof Error ? error.message : error}`,
        {
          cause: error,
        },
      )
    }
  }

async function withPipes(
  ctx: ShimContext,
  container: Container,
  cmd: readonly string[],
  session: Session,
): Promise<number> {
  const { child, exited, kill, commandStarted } = execInContainer(ctx, container, cmd, [
    session.stdin ? 'pipe' : 'ignore',
    session.stdout ? 'pipe' : 'ignore',
    'pipe',
  ])
  session.signal.addEventListener('abort', kill, { once: true })
  try {
    if (session.stdin && child.stdin) {
      child.stdin.on('error', () => undefined) // the command does not read on: its own affair
      session.stdin.on('error', () => child.stdin?.destroy())
      session.stdin.pipe(child.stdin)
    }
    const gate = stderrGate(commandStarted)
    const closed = new Promise<void>(resolve => child.once('close', () => resolve()))
    const stderrDone = new Promise<void>(resolve => gate.once('close', () => resolve()))
    child.stderr?.pipe(gate)
    if (session.stderr) gate.pipe(session.stderr, { end: false })
    else gate.resume()
    if (session.stdout) child.stdout?.pipe(session.stdout, { end: false })
    const gone = aborted(session.signal)
    const exitCode = await exited
    // the streams end when everything is read, at the client's pace; a client that has gone reads no more
    await Promise.race([Promise.all([closed, stderrDone]), gone])
    return exitCode
  } finally {
    session.signal.removeEventListener('abort', kill)
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy()
  }
}

async function withTerminal(
  ctx: ShimContext,
  container: Container,
  cmd: readonly string[],
  session: Session,
): Promise<number> {
  const terminal = openPseudoTerminal(ctx.sys)
  try {
    const { child, exited, kill } = startOn(ctx, container, cmd, terminal.slave)
    session.signal.addEventListener('abort', kill, { once: true })
    const drained = new Promise<void>(resolve => terminal.master.once('close', () => resolve()))
    if (session.stdout) terminal.master.pipe(session.stdout, { end: false })
    else terminal.master.resume()
    session.stdin?.on('error', () => undefined)
    session.stdin?.pipe(terminal.master, { end: false })
    void followSize(session, (rows, columns) => {
      terminal.resize(rows, columns)
      child.kill('SIGWINCH') // runc has no controlling terminal of ours, so the kernel does not tell it
    })
    const exitCode = await exited
    session.stdin?.unpipe(terminal.master)
    await Promise.race([drained, aborted(session.signal)])
    session.signal.removeEventListener('abort', kill)
    return exitCode
  } finally {
    terminal.close()
  }
}

function startOn(ctx: ShimContext, container: Container, cmd: readonly string[], slave: number) {
  try {
    return execInContainer(ctx, container, cmd, [slave, slave, slave], true)
  } finally {
    closeSync(slave)
  }
}

/** Ends with the session; a size that cannot be set (the command has ended) is nobody's loss. */
export async function followSize(session: Session, resize: (rows: number, columns: number) => void): Promise<void> {
  try {
    for await (const { width, height } of session.resizes) resize(height, width)
  } catch {
    // the session broke off
  }
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
