import { readdir, readFile, statfs } from 'node:fs/promises'
import { arch, availableParallelism, release, totalmem } from 'node:os'

export interface Machine {
  cpus: number
  /** Bytes. */
  memory: number
  /** Bytes of the file system that holds pods. */
  ephemeralStorage: number
  /** Bytes by page size as the API writes it: `2Mi`. */
  hugepages: ReadonlyMap<string, number>
  machineId: string
  systemUuid: string
  bootId: string
  osImage: string
  kernelVersion: string
  /** Go's name: amd64, arm64. */
  architecture: string
}

const read = (path: string) =>
  readFile(path, 'utf8').then(
    text => text.trim(),
    () => '',
  )

export async function readMachine(rootDir: string): Promise<Machine> {
  const [machineId, uuid, bootId, osRelease, disk, hugepages] = await Promise.all([
    read('/etc/machine-id'),
    read('/sys/class/dmi/id/product_uuid'),
    read('/proc/sys/kernel/random/boot_id'),
    read('/etc/os-release'),
    statfs(rootDir),
    readHugepages(),
  ])
  return {
    cpus: availableParallelism(),
    memory: totalmem(),
    ephemeralStorage: disk.blocks * disk.bsize,
    hugepages,
    machineId,
    systemUuid: uuid || machineId,
    bootId,
    osImage: /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(osRelease)?.[1] ?? 'Linux',
    kernelVersion: release(),
    architecture: arch() === 'x64' ? 'amd64' : arch(),
  }
}

async function readHugepages(): Promise<Map<string, number>> {
  const sizes = new Map<string, number>()
  for (const name of await readdir('/sys/kernel/mm/hugepages').catch(() => [] as string[])) {
    const kib = Number(/^hugepages-(\d+)kB$/.exec(name)?.[1])
    if (!Number.isInteger(kib)) continue
    const pages = Number(await read(`/sys/kernel/mm/hugepages/${name}/nr_hugepages`))
    sizes.set(kib >= 1_048_576 ? `${kib / 1_048_576}Gi` : `${kib / 1_024}Mi`, pages * kib * 1_024)
  }
  return sizes
}

export interface Pressure {
  /** Bytes that processes can still get. */
  memoryAvailable: number
  /** Parts of the whole, 0–1. */
  diskAvailable: number
  inodesFree: number
  pidsAvailable: number
}

export async function readPressure(rootDir: string): Promise<Pressure> {
  const [meminfo, disk, pidMax, loadavg] = await Promise.all([
    read('/proc/meminfo'),
    statfs(rootDir),
    read('/proc/sys/kernel/pid_max'),
    read('/proc/loadavg'),
  ])
  const available = Number(/^MemAvailable:\s+(\d+)/m.exec(meminfo)?.[1] ?? Number.NaN) * 1_024
  const processes = Number(loadavg.split(' ')[3]?.split('/')[1] ?? 0)
  return {
    memoryAvailable: Number.isNaN(available) ? totalmem() : available,
    diskAvailable: disk.blocks === 0 ? 1 : disk.bavail / disk.blocks,
    inodesFree: disk.files === 0 ? 1 : disk.ffree / disk.files,
    pidsAvailable: Number(pidMax) > 0 ? 1 - processes / Number(pidMax) : 1,
  }
}
