import { open } from 'node:fs/promises'
import type { ContainerStatus } from '@kubets/cri'
import { annotation } from '../runtime/labels.ts'

const maxMessage = 4_096
const maxLogTail = 2_048
const maxLogLines = 80

/** A container's last words: the file that it may write, or with FallbackToLogsOnError the end of its log. Empty when it left none. */
export async function terminationMessage(status: ContainerStatus): Promise<string> {
  const path = status.annotations[annotation.terminationMessagePath]
  if (!path) return ''
  const mount = status.mounts.find(({ containerPath }) => containerPath === path)
  if (mount?.hostPath) {
    try {
      const text = await tail(mount.hostPath, maxMessage)
      if (text !== '') return text
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        return `Error on reading termination log ${mount.hostPath}: ${(error as Error).message}`
    }
  }
  const fallback = status.annotations[annotation.terminationMessagePolicy] === 'FallbackToLogsOnError'
  if (!fallback || status.exitCode === 0 || status.logPath === '') return ''
  const log = await tail(status.logPath, maxLogTail * 8).catch(() => '')
  return lastText(log)
}

/** What lines of a CRI log say: each is its time, its stream, P where the container's line goes on or F, and a text. */
export function lastText(log: string): string {
  const lines = log.split('\n')
  // behind the last line's end there is none
  if (lines.at(-1) === '') lines.pop()
  const text = lines
    .slice(-maxLogLines)
    .map(line => {
      const [, , kind, ...text] = line.split(' ')
      return `${text.join(' ')}${kind === 'P' ? '' : '\n'}`
    })
    .join('')
  return text.slice(-maxLogTail)
}

/** The last bytes of a file; nothing is followed, neither a device nor a link out of it can block us: it is read once, bounded. */
async function tail(path: string, bytes: number): Promise<string> {
  await using file = await open(path, 'r')
  const { size } = await file.stat()
  const buffer = Buffer.alloc(Math.min(size, bytes))
  const { bytesRead } = await file.read(buffer, 0, buffer.length, Math.max(0, size - bytes))
  return buffer.toString('utf8', 0, bytesRead)
}
