import { copyFile, mkdir } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { isDns1123Subdomain } from '@kubets/apimachinery'
import { UsageError } from '@kubets/component'
import { type CertificateDefinition, identities, issueOne, type PkiPlan } from '@kubets/pki'
import type { PkiFlags } from './flags.ts'
import { folders, keyAlgorithm, lifetimes, nodeFolder, planFromFlags } from './plan.ts'

/** One certificate of the plan; a node's, in a folder to carry there; or a person's, as a kubeconfig file. */
export async function issue(flags: PkiFlags, args: readonly string[]): Promise<number> {
  const plan = planFromFlags(flags)
  const [first, name, ...more] = args
  if (first === undefined) throw new UsageError(`kubets pki issue needs a name: ${names(plan)}, node NAME or user NAME`)
  if (first !== 'node' && first !== 'user') {
    for (const wanted of args) await make(plan, named(plan, wanted), flags)
    return 0
  }
  if (name === undefined || more.length > 0) throw new UsageError(`kubets pki issue ${first} needs one name`)
  return first === 'node' ? issueNode(plan, name, flags) : issueUser(plan, name, flags)
}

export function named(plan: PkiPlan, wanted: string): CertificateDefinition {
  const found = plan.certificates.find(({ name }) => name === wanted)
  if (found === undefined)
    throw new UsageError(`there is no certificate ${JSON.stringify(wanted)}: one of ${names(plan)}`)
  return found
}

const names = (plan: PkiPlan) => plan.certificates.map(({ name }) => name).join(', ')

async function issueNode(plan: PkiPlan, name: string, flags: PkiFlags): Promise<number> {
  if (isDns1123Subdomain(name).length > 0) throw new UsageError(`${JSON.stringify(name)} is no name of a node`)
  if (flags.address.length === 0)
    throw new UsageError("kubets pki issue node needs --address: where the api-server reaches the node's kubelet")
  const folder = nodeFolder(flags, name)
  await make(
    plan,
    {
      name: `kubelet.conf of ${name}`,
      about: `certificate for the kubelet of ${name} to connect to the API server`,
      authority: 'ca',
      request: identities.kubeletClient(name),
      kubeconfig: { path: join(folder, 'kubelet.conf'), ...peopleServer(plan) },
    },
    flags,
  )
  await make(
    plan,
    {
      name: `kubelet of ${name}`,
      about: `certificate for serving the kubelet of ${name}`,
      authority: 'ca',
      files: join(folder, 'pki', 'kubelet'),
      request: identities.kubeletServer(name, {
        dnsNames: [name, ...flags.address.filter(one => isIP(one) === 0)],
        ipAddresses: flags.address.filter(one => isIP(one) !== 0),
      }),
    },
    flags,
  )
  await mkdir(join(folder, 'pki'), { recursive: true })
  await copyFile(join(folders(flags).certificates, 'ca.crt'), join(folder, 'pki', 'ca.crt'))
  process.stdout.write(`wrote ${join(folder, 'pki', 'ca.crt')}\n`)
  return 0
}

async function issueUser(plan: PkiPlan, name: string, flags: PkiFlags): Promise<number> {
  await make(
    plan,
    {
      name,
      about: `certificate embedded in the kubeconfig file for ${name} to use`,
      authority: 'ca',
      request: { commonName: name, organizations: flags.group, usages: ['client'] },
      kubeconfig: { path: resolve(flags.out ?? `${name.replaceAll(/[:/]/g, '-')}.conf`), ...peopleServer(plan) },
    },
    flags,
  )
  return 0
}

/** Where those outside of the control plane node reach the api-server. */
function peopleServer(plan: PkiPlan) {
  const { server, cluster } = named(plan, 'admin.conf').kubeconfig as NonNullable<CertificateDefinition['kubeconfig']>
  return { server, cluster }
}

async function make(plan: PkiPlan, certificate: CertificateDefinition, flags: PkiFlags): Promise<void> {
  const { days } = lifetimes(flags)
  await issueOne(plan, certificate, { days, keyAlgorithm: keyAlgorithm(flags), overwrite: flags.overwrite })
  const { files, kubeconfig } = certificate
  if (files !== undefined) process.stdout.write(`wrote ${files}.crt and ${files}.key\n`)
  if (kubeconfig !== undefined) process.stdout.write(`wrote ${kubeconfig.path}\n`)
}
