import type { Capability } from '@kubets/cri'

/** What a container gets that asks for nothing: the set that Docker and containerd give too. */
export const defaultCapabilities: readonly string[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FSETID',
  'CAP_FOWNER',
  'CAP_MKNOD',
  'CAP_NET_RAW',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETFCAP',
  'CAP_SETPCAP',
  'CAP_NET_BIND_SERVICE',
  'CAP_SYS_CHROOT',
  'CAP_KILL',
  'CAP_AUDIT_WRITE',
]

export interface CapabilitySets {
  /** Bounding, effective and permitted. */
  granted: string[]
  ambient: string[]
  /** Asked for, but the runtime itself does not have them. */
  withheld: string[]
}

/** Names come with or without `CAP_`, in any case; `ALL` stands for every capability. Dropping wins over adding one by one. */
export function capabilitiesFor(
  asked: Capability | null,
  privileged: boolean,
  every: readonly string[],
  held: ReadonlySet<string>,
): CapabilitySets {
  const full = (name: string) => {
    const upper = name.toUpperCase()
    return upper.startsWith('CAP_') ? upper : `CAP_${upper}`
  }
  const add = (asked?.addCapabilities ?? []).map(full)
  const drop = (asked?.dropCapabilities ?? []).map(full)
  const ambient = (asked?.addAmbientCapabilities ?? []).map(full)
  const wanted = new Set(
    privileged || add.includes('CAP_ALL') ? every : drop.includes('CAP_ALL') ? [] : defaultCapabilities,
  )
  for (const name of [...add, ...ambient]) if (name !== 'CAP_ALL') wanted.add(name)
  if (!privileged) for (const name of drop) wanted.delete(name)
  const granted = every.filter(name => wanted.has(name) && held.has(name))
  const unknown = [...wanted].filter(name => !every.includes(name))
  return {
    granted,
    ambient: granted.filter(name => ambient.includes(name)),
    withheld: [...every.filter(name => wanted.has(name) && !held.has(name)), ...unknown],
  }
}
