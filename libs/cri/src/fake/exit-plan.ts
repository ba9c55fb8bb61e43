import type { ContainerConfig } from '../messages/index.ts'

const units: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/**
 * How a container of the fake runtime ends by itself. Nothing runs in it, so annotations of the pod say it:
 *
 * - `kubets.dev/fake-exit-after: 2s` (a number with ms, s, m or h) and `kubets.dev/fake-exit-code: "3"` for all containers,
 * - `kubets.dev/fake-exit-after.NAME` and `kubets.dev/fake-exit-code.NAME` for one.
 *
 * A code alone means: at once; a time alone: with code 0. Containers with the CRI annotation `kubets.dev/container-role: init`
 * (the kubelet sets it on init containers that must end) end at once with 0 unless one of their own says otherwise. All others run until they are stopped.
 */
export function exitPlan(
  pod: Readonly<Record<string, string>>,
  config: Pick<ContainerConfig, 'metadata' | 'annotations'>,
): { afterMs: number; code: number } | undefined {
  const name = config.metadata?.name ?? ''
  const init = config.annotations['kubets.dev/container-role'] === 'init'
  const read = (what: string) =>
    pod[`kubets.dev/fake-${what}.${name}`] ?? (init ? undefined : pod[`kubets.dev/fake-${what}`])
  const code = read('exit-code')
  const after = read('exit-after')
  if (code === undefined && after === undefined) return init ? { afterMs: 0, code: 0 } : undefined
  return { afterMs: after === undefined ? 0 : milliseconds(after), code: Number.parseInt(code ?? '0', 10) || 0 }
}

function milliseconds(text: string): number {
  const [, amount, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? []
  if (amount === undefined)
    throw new RangeError(`kubets.dev/fake-exit-after: ${JSON.stringify(text)} is no time such as 500ms or 2s`)
  return Number(amount) * (units[unit] ?? 1_000)
}
