import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { formatIp, isDns1123Subdomain, isWildcardDns1123Subdomain, parseCidr } from '@kubets/apimachinery'
import { UsageError } from '@kubets/component'
import { defaultKeyAlgorithm, type KeyAlgorithm, kubeadmPlan, type PkiPlan, splitEndpoint } from '@kubets/pki'
import { clusterCertificates } from '../../cluster/cluster-certificates.ts'
import { clusterLayout } from '../../cluster/layout.ts'
import { openClusterDirectory } from '../../cluster-directory/index.ts'
import type { PkiFlags } from './flags.ts'

/** The control plane node that the flags describe. @throws UsageError */
export function planFromFlags(flags: PkiFlags): PkiPlan {
  const { certificates, kubeconfigs } = folders(flags)
  const nodeName = (flags['node-name'] ?? hostname()).trim().toLowerCase()
  if (isDns1123Subdomain(nodeName).length > 0)
    throw new UsageError(`--node-name ${JSON.stringify(nodeName)} is no DNS name`)
  const services = flags['service-cidr'].split(',')[0] ?? ''
  const range = parseCidr(services)
  if (range === undefined)
    throw new UsageError(`--service-cidr ${JSON.stringify(services)} is no CIDR such as 10.96.0.0/12`)
  const endpoint = flags['control-plane-endpoint']
  for (const flag of ['apiserver-cert-extra-sans', 'etcd-cert-extra-sans', 'address'] as const)
    for (const name of flags[flag]) checkName(`--${flag}`, name)
  return kubeadmPlan({
    certificates,
    kubeconfigs,
    nodeName,
    advertiseAddress: advertiseAddress(flags),
    port: flags['apiserver-bind-port'],
    serviceAddress: formatIp({ ...range.network, value: range.network.value + 1n }),
    dnsDomain: flags['service-dns-domain'],
    ...(endpoint === undefined ? {} : { controlPlaneEndpoint: checkedEndpoint(endpoint) }),
    apiServerNames: flags['apiserver-cert-extra-sans'],
    etcdNames: flags['etcd-cert-extra-sans'],
    clusterName: flags['cluster-name'],
  })
}

/** What lies in --cert-dir, or in the directory of a cluster of `kubets up`. */
export async function presentPlan(flags: PkiFlags): Promise<PkiPlan> {
  if (flags.dir === undefined) {
    const plan = planFromFlags(flags)
    const kept = await Promise.all(plan.certificates.map(async one => !(await renewsItself(one.kubeconfig?.path))))
    return { ...plan, certificates: plan.certificates.filter((_, i) => kept[i]) }
  }
  const directory = await openClusterDirectory(flags.dir, { create: false })
  if (!directory.config) throw new UsageError(`there is no cluster in ${flags.dir}`)
  return clusterCertificates(clusterLayout(directory, directory.config))
}

/** A kubelet that rotates its certificate has it in a file of its own, which its kubeconfig names. */
async function renewsItself(path: string | undefined): Promise<boolean> {
  if (path === undefined || !path.endsWith('kubelet.conf')) return false
  const text = await readFile(path, 'utf8').catch(() => '')
  return !text.includes('client-certificate-data')
}

export const folders = (flags: PkiFlags) => {
  const certificates = resolve(flags['cert-dir'])
  return { certificates, kubeconfigs: resolve(flags['kubeconfig-dir'] ?? dirname(certificates)) }
}

export const nodeFolder = (flags: PkiFlags, name: string) =>
  resolve(flags.out ?? join(folders(flags).kubeconfigs, 'nodes', name))

const day = 24 * 3_600_000

export function lifetimes(flags: PkiFlags) {
  const days = (flag: 'certificate-validity-period' | 'ca-certificate-validity-period') => {
    if (flags[flag] <= 0) throw new UsageError(`--${flag} must be more than zero`)
    return flags[flag] / day
  }
  return { days: days('certificate-validity-period'), authorityDays: days('ca-certificate-validity-period') }
}

export const keyAlgorithm = (flags: PkiFlags): KeyAlgorithm =>
  (flags['key-algorithm'] as KeyAlgorithm | undefined) ?? defaultKeyAlgorithm

function advertiseAddress(flags: PkiFlags): string {
  const given = flags['apiserver-advertise-address']
  if (given !== undefined) {
    if (isIP(given) === 0)
      throw new UsageError(`--apiserver-advertise-address ${JSON.stringify(given)} is no IP address`)
    return given
  }
  const found = Object.values(networkInterfaces())
    .flat()
    .find(one => one !== undefined && !one.internal && one.family === 'IPv4')
  return found?.address ?? '127.0.0.1'
}

/** @throws UsageError where upstream would only warn and leave the name out: a certificate without it is found out late. */
function checkName(flag: string, name: string): void {
  if (isIP(name) !== 0) return
  if (isDns1123Subdomain(name).length > 0 && isWildcardDns1123Subdomain(name).length > 0)
    throw new UsageError(`${flag}: ${JSON.stringify(name)} is neither an IP address nor a DNS name`)
}

function checkedEndpoint(endpoint: string): string {
  try {
    splitEndpoint(endpoint)
    return endpoint
  } catch {
    throw new UsageError(`--control-plane-endpoint ${JSON.stringify(endpoint)} is neither HOST nor HOST:PORT`)
  }
}
