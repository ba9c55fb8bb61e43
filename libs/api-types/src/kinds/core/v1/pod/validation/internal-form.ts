import type { ContainerSecurity } from './security.ts'

/** `name` → `Name`, as upstream's internal types are shown in messages: all fields, unset ones as null (or as the given zero). */
function shown(value: object | undefined, fields: Readonly<Record<string, unknown>>): Record<string, unknown> | null {
  if (value === undefined) return null
  const given = value as Readonly<Record<string, unknown>>
  return Object.fromEntries(
    Object.entries(fields).map(([name, zero]) => {
      const key = name.startsWith('GMSA') ? `gmsa${name.slice(4)}` : name.charAt(0).toLowerCase() + name.slice(1)
      return [name, given[key] ?? zero]
    }),
  )
}

const profile = { Type: '', LocalhostProfile: null }

export function internalSecurityContext(context: ContainerSecurity): object {
  return {
    Capabilities: shown(context.capabilities, { Add: null, Drop: null }),
    Privileged: context.privileged ?? null,
    SELinuxOptions: shown(context.seLinuxOptions, { User: '', Role: '', Type: '', Level: '' }),
    WindowsOptions: shown(context.windowsOptions, {
      GMSACredentialSpecName: null,
      GMSACredentialSpec: null,
      RunAsUserName: null,
      HostProcess: null,
    }),
    RunAsUser: context.runAsUser ?? null,
    RunAsGroup: context.runAsGroup ?? null,
    RunAsNonRoot: context.runAsNonRoot ?? null,
    ReadOnlyRootFilesystem: context.readOnlyRootFilesystem ?? null,
    AllowPrivilegeEscalation: context.allowPrivilegeEscalation ?? null,
    ProcMount: context.procMount ?? null,
    SeccompProfile: shown(context.seccompProfile, profile),
    AppArmorProfile: shown(context.appArmorProfile, profile),
  }
}

export const internalResourceClaim = (claim: object) =>
  shown(claim, { Name: '', ResourceClaimName: null, ResourceClaimTemplateName: null })

export const internalTaint = (taint: object) => shown(taint, { Key: '', Value: '', Effect: '', TimeAdded: null })

export const internalNodeTerm = ({ matchExpressions, matchFields }: NodeTerm) => ({
  MatchExpressions: matchExpressions?.map(requirement) ?? null,
  MatchFields: matchFields?.map(requirement) ?? null,
})

interface NodeTerm {
  matchExpressions?: object[]
  matchFields?: object[]
}
const requirement = (one: object) => shown(one, { Key: '', Operator: '', Values: null })

export const internalIps = (list: readonly { ip?: string }[]) => list.map(({ ip = '' }) => ({ IP: ip }))

export const internalAddress = (address: object) => shown(address, { Type: '', Address: '' })
