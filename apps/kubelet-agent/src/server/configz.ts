import type { KubeletSettings } from '../options.ts'

/** The configuration that is in force, in KubeletConfiguration's names. */
export function configz(settings: KubeletSettings): object {
  return {
    kind: 'KubeletConfiguration',
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    address: settings.address,
    port: settings.port,
    clusterDNS: settings.clusterDns,
    clusterDomain: settings.clusterDomain,
    maxPods: settings.maxPods,
    nodeStatusUpdateFrequency: `${settings.nodeStatusUpdateFrequency / 1_000}s`,
    nodeStatusReportFrequency: `${settings.nodeStatusReportFrequency / 1_000}s`,
    nodeLeaseDurationSeconds: settings.nodeLeaseDurationSeconds,
    containerLogMaxSize: `${settings.containerLogMaxSize}`,
    containerLogMaxFiles: settings.containerLogMaxFiles,
    systemReserved: settings.systemReserved,
    cgroupRoot: settings.cgroupRoot ?? '',
    resolvConf: settings.resolvConf,
  }
}
