import type { ContainerConfig } from '@kubets/cri'
import type { ImageConfig } from '../images/contract.ts'

const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * What runs: the pod's `command` replaces the image's entrypoint and then its Cmd too, unless `args` are given; `args`
 * alone replace the Cmd. Throws when nothing is left to run.
 */
export function processArgs(config: ContainerConfig, image: ImageConfig): string[] {
  const entrypoint = image.Entrypoint ?? []
  const cmd = image.Cmd ?? []
  const args =
    config.command.length > 0
      ? [...config.command, ...config.args]
      : [...entrypoint, ...(config.args.length > 0 ? config.args : cmd)]
  if (args.length === 0) throw new Error('no command specified')
  return args
}

/** The image's environment, then the pod's over it; PATH and HOSTNAME as every runtime sets them. */
export function processEnv(config: ContainerConfig, image: ImageConfig, hostname: string): string[] {
  const merged = new Map<string, string>()
  const put = (line: string) => merged.set(line.split('=', 1)[0] ?? line, line)
  put(defaultPath)
  if (config.tty) put('TERM=xterm')
  if (hostname !== '') put(`HOSTNAME=${hostname}`)
  for (const line of image.Env ?? []) put(line)
  for (const { key, value } of config.envs) put(`${key}=${value}`)
  return [...merged.values()]
}
