import { closeSync } from 'node:fs'
import { getSystemErrorMap } from 'node:util'

/** Flags of mount(2), umount2(2), setns(2) and socket(2), those that we pass. */
export const MS = {
  rdonly: 1,
  nosuid: 2,
  nodev: 4,
  noexec: 8,
  remount: 32,
  bind: 4096,
  rec: 16384,
  private: 1 << 18,
  slave: 1 << 19,
  shared: 1 << 20,
} as const
export const MNT_DETACH = 2
export const CLONE = { newuts: 0x04000000, newipc: 0x08000000, newpid: 0x20000000, newnet: 0x40000000 } as const

/**
 * The system calls that Node lacks. Each throws an `Error` with `code` (`ENOENT`) and a message that says what was tried.
 * They act on the calling thread, at once: nothing else of this process runs meanwhile.
 */
export interface Syscalls {
  mount(source: string | null, target: string, type: string | null, flags: number, data: string | null): void
  umount(target: string, flags: number): void
  /** The calling thread leaves its namespaces for new ones. Only within {@link inNewNamespaces}-like stretches that go back. */
  unshare(flags: number): void
  setns(fd: number, type: number): void
  sethostname(name: string): void
  mkfifo(path: string, mode: number): void
  /** A TCP socket in the network namespace that the thread is in now, non-blocking and closed on exec. */
  tcpSocket(family: 4 | 6): number
  /** Brings `lo` of the thread's network namespace up. */
  loopbackUp(): void
  /** Unlocks a pseudo-terminal's other end and answers its number below /dev/pts. @param master an open /dev/ptmx */
  terminalNumber(master: number): number
  setTerminalSize(fd: number, rows: number, columns: number): void
}

/** Loads libc through koffi (a prebuilt N-API add-on), about 15 ms. Throws when the C library is none of glibc's or musl's. */
export async function loadSyscalls(): Promise<Syscalls> {
  const koffi = (await import('koffi')).default
  const lib = koffi.load('libc.so.6')
  const mount = lib.func('int mount(const char *, const char *, const char *, unsigned long, const char *)')
  const umount2 = lib.func('int umount2(const char *, int)')
  const unshare = lib.func('int unshare(int)')
  const setns = lib.func('int setns(int, int)')
  const sethostname = lib.func('int sethostname(const char *, size_t)')
  const mkfifo = lib.func('int mkfifo(const char *, unsigned int)')
  const socket = lib.func('int socket(int, int, int)')
  const ioctl = lib.func('int ioctl(int, unsigned long, void *)')

  const check = (result: number, what: () => string): number => {
    if (result !== -1) return result
    const errno = koffi.errno()
    throw systemError(errno, what())
  }
  return {
    mount: (source, target, type, flags, data) => {
      check(mount(source, target, type, flags, data), () => `mount ${type ?? ''} ${source ?? ''} on ${target}`)
    },
    umount: (target, flags) => {
      check(umount2(target, flags), () => `unmount ${target}`)
    },
    unshare: flags => {
      check(unshare(flags), () => 'unshare')
    },
    setns: (fd, type) => {
      check(setns(fd, type), () => 'setns')
    },
    sethostname: name => {
      check(sethostname(name, Buffer.byteLength(name)), () => `set hostname ${name}`)
    },
    mkfifo: (path, mode) => {
      check(mkfifo(path, mode), () => `mkfifo ${path}`)
    },
    tcpSocket: family => check(socket(family === 4 ? 2 : 10, 1 | 0o4000 | 0o2000000, 0), () => 'socket'),
    loopbackUp: () => {
      const fd = check(socket(2, 2 | 0o2000000, 0), () => 'socket')
      try {
        const request = Buffer.alloc(40) // struct ifreq: 16 bytes of name, then the flags
        request.write('lo')
        check(ioctl(fd, 0x8913, request), () => 'read the flags of lo')
        request.writeInt16LE(request.readInt16LE(16) | 1, 16)
        check(ioctl(fd, 0x8914, request), () => 'bring lo up')
      } finally {
        closeSync(fd)
      }
    },
    terminalNumber: master => {
      const number = Buffer.alloc(4)
      check(ioctl(master, 0x40045431, number), () => 'unlock a pseudo-terminal') // TIOCSPTLCK with 0
      check(ioctl(master, 0x80045430, number), () => 'number a pseudo-terminal') // TIOCGPTN
      return number.readInt32LE()
    },
    setTerminalSize: (fd, rows, columns) => {
      const size = Buffer.alloc(8) // struct winsize
      size.writeUInt16LE(rows, 0)
      size.writeUInt16LE(columns, 2)
      check(ioctl(fd, 0x5414, size), () => 'size a terminal')
    },
  }
}

function systemError(errno: number, what: string): NodeJS.ErrnoException {
  const [code, text] = getSystemErrorMap().get(-errno) ?? [`errno ${errno}`, `errno ${errno}`]
  return Object.assign(new Error(`${what}: ${text}`), { code, errno: -errno })
}
