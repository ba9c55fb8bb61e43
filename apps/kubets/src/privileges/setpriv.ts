import type { Owner } from './service-users.ts'

/**
 * The command prefix (util-linux's, which every Debian has) that takes all of root's rights from a service, but for capabilities that it
 * keeps (`net_bind_service`); with `user` it is somebody else from then on.
 */
export function setpriv(kept: readonly string[], user?: Owner): string[] {
  const only = ['-all', ...kept.map(name => `+${name}`)].join(',')
  return [
    'setpriv',
    ...(user === undefined
      ? ['--inh-caps=-all']
      : // what another user shall keep has to be ambient
        [
          `--reuid=${user.uid}`,
          `--regid=${user.gid}`,
          '--clear-groups',
          `--inh-caps=${only}`,
          `--ambient-caps=${only}`,
        ]),
    `--bounding-set=${only}`,
    '--no-new-privs',
    '--',
  ]
}
