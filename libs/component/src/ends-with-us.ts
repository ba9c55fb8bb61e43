/**
 * A command whose process the kernel ends when we end, however that comes about; a stopped one, too. For what is started on trial: a test that is killed
 * cannot clean up. The process's id is the command's. Linux; needs util-linux. A program that is not there is told by exit code 127.
 */
export function endsWithUs(command: readonly string[]): [program: string, ...args: string[]] {
  // who has ended before the kernel was asked is seen by the child's having another parent
  const unlessAlone = '[ "$PPID" = "$0" ] && exec "$@"'
  return ['setpriv', '--pdeathsig', 'KILL', 'sh', '-c', unlessAlone, String(process.pid), ...command]
}
