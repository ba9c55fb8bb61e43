import { readFileSync } from 'node:fs'

/** What this process itself may hand to a container. A spec that asks for more makes runc fail, so specs are clamped to it. */
export interface OwnLimits {
  /** Names (`CAP_CHOWN`) in the bounding set that are also effective. */
  capabilities: ReadonlySet<string>
  /** The lowest oom_score_adj a child can get: -1000 with CAP_SYS_RESOURCE, else what this process has itself. */
  lowestOomScoreAdj: number
}

/** The kernel's capabilities in the order of their bits. */
export const capabilityNames = (
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE ' +
  'NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN ' +
  'SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE ' +
  'MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'
)
  .split(' ')
  .map(name => `CAP_${name}`)

export function readOwnLimits(): OwnLimits {
  return parseOwnLimits(
    readFileSync('/proc/self/status', 'utf8'),
    Number(readFileSync('/proc/self/oom_score_adj', 'utf8')),
  )
}

/** @param status the text of `/proc/self/status` */
export function parseOwnLimits(status: string, oomScoreAdj: number): OwnLimits {
  const mask = (name: string) => BigInt(`0x${new RegExp(`^${name}:\\s*([0-9a-f]+)`, 'm').exec(status)?.[1] ?? '0'}`)
  const held = mask('CapBnd') & mask('CapEff')
  const capabilities = new Set(capabilityNames.filter((_, bit) => (held >> BigInt(bit)) & 1n))
  return { capabilities, lowestOomScoreAdj: capabilities.has('CAP_SYS_RESOURCE') ? -1000 : oomScoreAdj }
}

/** One sentence for the log and the verbose status; `undefined` when nothing is held back. */
export function describeLimits(limits: OwnLimits): string | undefined {
  const missing = capabilityNames.filter(name => !limits.capabilities.has(name))
  const parts = [
    ...(missing.length > 0 ? [`containers cannot get ${missing.join(', ')}`] : []),
    ...(limits.lowestOomScoreAdj > -1000 ? [`oom_score_adj is never below ${limits.lowestOomScoreAdj}`] : []),
  ]
  return parts.length > 0 ? parts.join('; ') : undefined
}
