import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { ServiceSpec } from './service-spec.ts'

/** util-linux's, which every Debian has. The user stays who it is: a home that only root may enter holds the programs and the state often enough. */
const setpriv = (kept: readonly string[]) => [
  'setpriv',
  '--no-new-privs',
  `--bounding-set=${['-all', ...kept.map(name => `+${name}`)].join(',')}`,
  '--inh-caps=-all',
  '--',
]

export interface WithoutCapabilitiesOptions {
  /** What the services read and write: they are not deprived of what they cannot do without. */
  readonly readable: readonly string[]
  readonly writable: readonly string[]
  /** Capabilities that they keep: `net_bind_service`. */
  readonly kept?: readonly string[]
}

/**
 * Root's rights, other than to what belongs to root, are of no use to a service that only reads files and serves clients: no mounts, no networks, no
 * other processes. Gives a spec back as it is for other users, and where such a service could not read its files.
 */
export async function dropCapabilities(
  options: WithoutCapabilitiesOptions,
): Promise<(spec: ServiceSpec) => ServiceSpec> {
  const prefix = setpriv(options.kept ?? [])
  if (process.getuid?.() !== 0 || !(await canDoWithout(prefix, options))) return spec => spec
  return spec => ({ ...spec, command: [...prefix, ...spec.command] })
}

async function canDoWithout(
  [program = '', ...rest]: readonly string[],
  { readable, writable }: WithoutCapabilitiesOptions,
): Promise<boolean> {
  // a text of ours with the paths as arguments: nothing in them is read as shell
  const tests = [...readable.map(() => 'r'), ...writable.map(() => 'w')]
  const script = tests.map((mode, i) => `test -${mode} "\${${i + 1}}"`).join(' && ')
  try {
    await promisify(execFile)(program, [...rest, 'sh', '-c', script, 'sh', ...readable, ...writable])
    return true
  } catch {
    return false
  }
}
