import type { Container, Pod } from '@kubets/api-types'
import { sleep } from '@kubets/component'
import { httpProbe } from '../probes/run-probe.ts'
import type { WorkerParts } from './parts.ts'

export type Hook = NonNullable<NonNullable<Container['lifecycle']>['postStart']>

/** Runs a postStart or preStop hook to its end. Throws with what went wrong. */
export async function runHook(
  parts: WorkerParts,
  hook: Hook,
  target: {
    pod: Pod
    container: Container
    containerId: string
    podIp: string
    timeoutMs: number
    signal: AbortSignal
  },
): Promise<void> {
  if (!parts.runsProcesses) return // nothing runs that a hook could speak to
  const { container, containerId, podIp, timeoutMs, signal } = target
  if (hook.exec) {
    const command = hook.exec.command ?? []
    const answer = await parts.cri.execSync(
      { containerId, cmd: command, timeout: Math.ceil(timeoutMs / 1_000) },
      { signal, timeoutMs: timeoutMs + 2_000 },
    )
    if (answer.exitCode !== 0) {
      const output = Buffer.concat([answer.stdout, answer.stderr]).toString('utf8', 0, 1_024)
      throw new Error(
        `command '${command.join(' ')}' exited with ${answer.exitCode}: ${output}, message: ${JSON.stringify(output)}`,
      )
    }
  } else if (hook.httpGet) {
    const outcome = await httpProbe(hook.httpGet, { cri: parts.cri, containerId, container, podIp, timeoutMs, signal })
    if (!outcome.ok) throw new Error(outcome.output)
  } else if (hook.sleep) await sleep(hook.sleep.seconds * 1_000, signal, parts.clock)
}
