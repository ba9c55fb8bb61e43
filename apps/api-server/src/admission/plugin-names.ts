/** Upstream's admission plugins that are on unless they are disabled, and that kubets has. */
export const onByDefault: readonly string[] = [
  'NamespaceLifecycle',
  'LimitRanger',
  'ServiceAccount',
  'TaintNodesByCondition',
  'PodSecurity',
  'Priority',
  'DefaultTolerationSeconds',
  'DefaultStorageClass',
  'StorageObjectInUseProtection',
  'PersistentVolumeClaimResize',
  'RuntimeClass',
  'CertificateApproval',
  'CertificateSigning',
  'ClusterTrustBundleAttest',
  'CertificateSubjectRestriction',
  'DefaultIngressClass',
  'PodTopologyLabels',
  'NodeDeclaredFeatureValidator',
  'PodResizeValidator',
  'ResourceQuota',
]

/** Those that run only when they are enabled. */
export const offByDefault: readonly string[] = [
  'AlwaysAdmit',
  'NamespaceAutoProvision',
  'NamespaceExists',
  'LimitPodHardAntiAffinityTopology',
  'NodeRestriction',
  'AlwaysPullImages',
  'ImagePolicyWebhook',
  'PodNodeSelector',
  'PodTolerationRestriction',
  'EventRateLimit',
  'ExtendedResourceToleration',
  'OwnerReferencesPermissionEnforcement',
  'DenyServiceExternalIPs',
  'AlwaysDeny',
]

/** Names of upstream's v1.36 that kubets does not have (yet): they may stand in a command line, and are said to do nothing. */
const withoutEffect = new Set([
  'MutatingAdmissionPolicy',
  'MutatingAdmissionWebhook',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionWebhook',
])

/** Upstream's plugins that do nothing while their feature gates are off, which they are: there is nothing to say. */
const gatedOff = new Set(['PodGroupProtection', 'PodGroupWorkloadExists', 'JobValidation'])

/** Admitted still, as upstream does, though nobody should ask for them. */
const pointless = new Set(['AlwaysAdmit', 'AlwaysDeny'])

/** Names that upstream has taken away, and what has their work now. */
const removed = new Map([
  ['Initializers', 'mutating admission webhooks replace it'],
  ['PersistentVolumeLabel', 'the cloud controller manager labels volumes'],
  ['PodSecurityPolicy', 'PodSecurity replaces it'],
  ['SecurityContextDeny', 'PodSecurity replaces it'],
  ['DenyEscalatingExec', 'PodSecurity replaces it'],
])

export interface PluginChoice {
  /** On beside those that are on by default. */
  readonly enable?: readonly string[] | undefined
  readonly disable?: readonly string[] | undefined
}

/** Which plugins run. Order in a flag means nothing, as upstream. @throws RangeError for a name that nobody knows. */
export function choosePlugins(
  { enable = [], disable = [] }: PluginChoice,
  warn: (message: string) => void,
): ReadonlySet<string> {
  const enabled = new Set(known('enable-admission-plugins', enable, warn))
  const disabled = new Set(known('disable-admission-plugins', disable, () => undefined))
  const both = [...enabled].filter(name => disabled.has(name))
  if (both.length > 0)
    throw new RangeError(
      `${both.sort().join(', ')} in enable-admission-plugins and disable-admission-plugins overlapped`,
    )
  const asked = offByDefault.filter(name => enabled.has(name))
  return new Set([...onByDefault, ...asked].filter(name => !disabled.has(name)))
}

function known(flag: string, names: readonly string[], warn: (message: string) => void): readonly string[] {
  for (const name of names) {
    if (pointless.has(name))
      warn(
        `--${flag}: ${name} admission controller is deprecated. Please remove this controller from your configuration files and scripts.`,
      )
    if (onByDefault.includes(name) || offByDefault.includes(name) || gatedOff.has(name)) continue
    const why = removed.get(name)
    if (why !== undefined) warn(`--${flag}: ${name} is no longer a plugin: ${why}`)
    else if (withoutEffect.has(name)) warn(`--${flag}: the plugin ${name} is not there yet and has no effect`)
    else throw new RangeError(`${flag} plugin ${JSON.stringify(name)} is unknown`)
  }
  return names
}
