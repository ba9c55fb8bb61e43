/** Go's names where the rules of `internal-form.ts` do not give what upstream's internal types have, by message (without `io.k8s.api.`). */
export const renamed: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'core.v1.AzureDiskVolumeSource': { diskURI: 'DataDiskURI' },
  'core.v1.ContainerStatus': { lastState: 'LastTerminationState' },
  'core.v1.FCVolumeSource': { wwids: 'WWIDs' },
  'core.v1.GlusterfsPersistentVolumeSource': { endpoints: 'EndpointsName' },
  'core.v1.GlusterfsVolumeSource': { endpoints: 'EndpointsName' },
  'core.v1.ISCSIPersistentVolumeSource': iscsiNames(),
  'core.v1.ISCSIVolumeSource': iscsiNames(),
  'core.v1.PhotonPersistentDiskVolumeSource': { pdID: 'PdID' },
  'core.v1.RBDPersistentVolumeSource': rbdNames(),
  'core.v1.RBDVolumeSource': rbdNames(),
  'core.v1.ScaleIOPersistentVolumeSource': { sslEnabled: 'SSLEnabled' },
  'core.v1.ScaleIOVolumeSource': { sslEnabled: 'SSLEnabled' },
  'networking.v1.IPBlock': { cidr: 'CIDR' },
  'networking.v1.ServiceCIDRSpec': { cidrs: 'CIDRs' },
}

function iscsiNames() {
  return { iqn: 'IQN', chapAuthDiscovery: 'DiscoveryCHAPAuth', chapAuthSession: 'SessionCHAPAuth' }
}

function rbdNames() {
  return { monitors: 'CephMonitors', image: 'RBDImage', pool: 'RBDPool', user: 'RadosUser' }
}

/** Fields that the internal type has elsewhere than the served one: `[field, the field before it]`, in turn. */
export const moved: Readonly<Record<string, readonly (readonly [name: string, after: string])[]>> = {
  'core.v1.PersistentVolumeSpec': [
    ['Quobyte', 'RBD'],
    ['FlexVolume', 'ISCSI'],
  ],
  'core.v1.PodSecurityContext': [['FSGroupChangePolicy', 'FSGroup']],
  'core.v1.PodSpec': [
    ['SetHostnameAsFQDN', 'Subdomain'],
    ['PreemptionPolicy', 'Priority'],
    ['Overhead', 'RuntimeClassName'],
  ],
  'core.v1.Volume': [['Quobyte', 'RBD']],
}
