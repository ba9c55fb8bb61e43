import { closeSync, constants, openSync } from 'node:fs'
import type { Socket } from 'node:net'
import { ReadStream } from 'node:tty'
import type { Syscalls } from './syscalls.ts'

export interface PseudoTerminal {
  /** Our end: what the program prints is read, what is written it reads. Ends when the last program has closed the other end. */
  readonly master: Socket
  /** The program's end, for its stdio; to be closed here once the program runs. */
  readonly slave: number
  resize(rows: number, columns: number): void
  close(): void
}

/**
 * A terminal for a program. Unlike a library's it obeys back-pressure to the last byte: what the program printed before it
 * ended stays in the kernel until our end is read, however slow the reader.
 */
export function openPseudoTerminal(sys: Syscalls): PseudoTerminal {
  const fd = openSync('/dev/ptmx', constants.O_RDWR | constants.O_NOCTTY)
  let slave: number
  try {
    slave = openSync(`/dev/pts/${sys.terminalNumber(fd)}`, constants.O_RDWR | constants.O_NOCTTY)
  } catch (error) {
    closeSync(fd)
    throw error
  }
  const master = new ReadStream(fd) as Socket
  // the kernel reports the end of the other side as EIO; that is this stream's end, not a failure
  const emit = master.emit.bind(master)
  master.emit = (event: string | symbol, ...args: unknown[]) =>
    event === 'error' && (args[0] as NodeJS.ErrnoException | undefined)?.code === 'EIO' ? true : emit(event, ...args)
  let open = true
  return {
    master,
    slave,
    resize: (rows, columns) => {
      if (open) sys.setTerminalSize(fd, rows, columns)
    },
    close: () => {
      open = false
      master.destroy()
    },
  }
}
