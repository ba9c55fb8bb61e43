import koffi from 'koffi'

/** The calls that Node lacks and unpacking needs. Paths are byte strings (`latin1`); a failure throws with `code` and `errno`. */
export interface SystemCalls {
  mknod(path: string, mode: number, major: number, minor: number): void
  lsetxattr(path: string, name: string, value: Uint8Array): void
  /** `undefined` when the attribute is not there. */
  lgetxattr(path: string, name: string): Buffer | undefined
  chroot(path: string): void
  fchdir(fd: number): void
}

export const fileTypes = { fifo: 0o010000, character: 0o020000, block: 0o060000 } as const

/** Loads the C library; takes about 10 ms, so only processes that unpack do it. */
export function loadSystemCalls(): SystemCalls {
  const libc = koffi.load(null)
  const mknod = libc.func('int mknod(const void *path, unsigned int mode, uint64_t dev)')
  const lsetxattr = libc.func(
    'int lsetxattr(const void *path, const void *name, const void *value, size_t size, int flags)',
  )
  const lgetxattr = libc.func('int64_t lgetxattr(const void *path, const void *name, _Out_ void *value, size_t size)')
  const chroot = libc.func('int chroot(const void *path)')
  const fchdir = libc.func('int fchdir(int fd)')
  const check = (result: number, call: string, path: string) => {
    if (result !== -1) return
    throw systemError(koffi.errno(), call, path)
  }
  return {
    mknod: (path, mode, major, minor) => check(mknod(cPath(path), mode, makedev(major, minor)), 'mknod', path),
    lsetxattr: (path, name, value) =>
      check(lsetxattr(cPath(path), cPath(name), value, value.length, 0), `lsetxattr ${name}`, path),
    lgetxattr(path, name) {
      const value = Buffer.alloc(65_536)
      const size = Number(lgetxattr(cPath(path), cPath(name), value, value.length))
      if (size >= 0) return value.subarray(0, size)
      if (koffi.errno() === koffi.os.errno.ENODATA) return undefined
      throw systemError(koffi.errno(), `lgetxattr ${name}`, path)
    },
    chroot: path => check(chroot(cPath(path)), 'chroot', path),
    fchdir: fd => check(fchdir(fd), 'fchdir', String(fd)),
  }
}

function systemError(errno: number, call: string, path: string): NodeJS.ErrnoException {
  const code = Object.entries(koffi.os.errno).find(([, value]) => value === errno)?.[0] ?? `errno ${errno}`
  return Object.assign(new Error(`${code}: ${call} ${JSON.stringify(path)}`), { code, errno, syscall: call, path })
}

/** glibc's packing of a device number (gnu_dev_makedev). */
function makedev(major: number, minor: number): bigint {
  const [a, b] = [BigInt(major), BigInt(minor)]
  return ((a & 0xfffff000n) << 32n) | ((a & 0xfffn) << 8n) | ((b & 0xffffff00n) << 12n) | (b & 0xffn)
}

function cPath(path: string): Buffer {
  return Buffer.from(`${path}\0`, 'latin1')
}
