import { readdirSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Device } from '@kubets/cri'
import type { OciDevice, OciDeviceRule } from './oci-spec.ts'

/** Devices as runc makes them, and the rules of the devices cgroup that let the container use them. */
export interface DeviceAccess {
  devices: OciDevice[]
  rules: OciDeviceRule[]
}

const denyAll: OciDeviceRule = { allow: false, access: 'rwm' }

/** @param pseudoTerminals whether /dev/pts works (always: runc adds the standard devices and their rules itself) */
export function deviceAccess(asked: readonly Device[], privileged: boolean, hostDev = '/dev'): DeviceAccess {
  if (privileged) return { devices: hostDevices(hostDev), rules: [{ allow: true, access: 'rwm' }] }
  const found = asked.flatMap(device => {
    const host = realpathSync(device.hostPath)
    const paths = statSync(host).isDirectory() ? walk(host) : [host]
    return paths.map(path => ({
      device: readDevice(path, device.containerPath + path.slice(host.length)),
      access: device.permissions || 'rwm',
    }))
  })
  return {
    devices: found.map(f => f.device),
    rules: [
      denyAll,
      ...found.map(f => ({
        allow: true,
        type: f.device.type,
        major: f.device.major,
        minor: f.device.minor,
        access: f.access,
      })),
    ],
  }
}

/** Throws when the path is no device. */
function readDevice(path: string, target: string): OciDevice {
  const stat = statSync(path)
  if (!stat.isBlockDevice() && !stat.isCharacterDevice()) throw new Error(`${path} is not a device node`)
  return {
    path: target,
    type: stat.isBlockDevice() ? 'b' : 'c',
    // glibc's makedev: 12 bits of the major number and 8 of the minor one are low, the rest above
    major: Number(((BigInt(stat.rdev) >> 8n) & 0xfffn) | ((BigInt(stat.rdev) >> 32n) & ~0xfffn)),
    minor: Number((BigInt(stat.rdev) & 0xffn) | ((BigInt(stat.rdev) >> 12n) & ~0xffn & 0xffffffffn)),
    fileMode: stat.mode & 0o777,
    uid: stat.uid,
    gid: stat.gid,
  }
}

/** Everything under /dev, except what each container has of its own. */
function hostDevices(dev: string): OciDevice[] {
  const own = new Set(['pts', 'shm', 'fd', 'mqueue', '.lxc', '.lxd-mounts', '.udev', 'console', 'ptmx', 'tty'])
  return readdirSync(dev)
    .filter(name => !own.has(name))
    .flatMap(name => walk(join(dev, name)))
    .flatMap(path => {
      try {
        return [readDevice(path, path)]
      } catch {
        return [] // no device, or gone since
      }
    })
}

function walk(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true }).flatMap(entry =>
      entry.isDirectory() ? walk(join(path, entry.name)) : [join(path, entry.name)],
    )
  } catch {
    return [path]
  }
}
