import type { NetworkPolicy } from '../../types.ts'

export function applyDefaults(policy: NetworkPolicy): void {
  const spec = policy.spec as Partial<NonNullable<NetworkPolicy['spec']>> | undefined
  const { ingress = [], egress = [] } = spec ?? {}
  for (const rule of [...ingress, ...egress]) for (const port of rule.ports ?? []) port.protocol ??= 'TCP'
  // a policy that names no directions is about what comes in, and about what goes out where it has rules for that
  if ((spec?.policyTypes ?? []).length > 0) return
  policy.spec = { ...spec, policyTypes: egress.length > 0 ? ['Ingress', 'Egress'] : ['Ingress'] } as never
}
