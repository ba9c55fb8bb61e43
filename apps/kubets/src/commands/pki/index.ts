import { UsageError } from '@kubets/component'
import { type InitStep, initPki, type KeyAlgorithm, renewCertificate } from '@kubets/pki'
import { command } from '../command.ts'
import { check } from './check.ts'
import { type PkiFlags, pkiFlags } from './flags.ts'
import { issue, named } from './issue.ts'
import { keyAlgorithm, lifetimes, planFromFlags, presentPlan } from './plan.ts'

export const pki = command({
  usage: 'pki init | issue NAME… | renew all|NAME… | check',
  summary: 'Make, renew and check the certificates of a control plane.',
  details: `The files, subjects and names are kubeadm's: /etc/kubernetes/pki with three authorities (ca, etcd-ca, front-proxy-ca), and the
kubeconfig files beside it. Keys and kubeconfig files are for their owner only (0600).

init makes all that is missing. What stands is kept if it will do, and never replaced. Authorities may be your own: put ca.crt and
ca.key there before; without ca.key the authority is external, and what it has to sign must stand already.
issue makes one certificate of that list, or 'node NAME' a folder to carry to a node, or 'user NAME' a kubeconfig file.
renew gives certificates a new key and a new life, with the names that they have. Services take them up without a restart.
check says when what ends; exit code 1 for what has expired.

Examples:
  kubets pki init --apiserver-advertise-address 10.0.0.5 --control-plane-endpoint api.example.com
  kubets pki issue node worker-1 --address 10.0.0.11
  kubets pki issue user jane --group developers
  kubets pki renew all
  kubets pki check --expires-within 720h
  kubets pki check --dir .kubets`,
  flags: pkiFlags,
  async run({ flags, args }) {
    const [verb, ...rest] = args
    if (flags.dir !== undefined && verb !== 'check' && verb !== 'renew')
      throw new UsageError(`--dir goes with check and renew: 'kubets up' makes the certificates of its own clusters`)
    switch (verb) {
      case 'init':
        return init(flags)
      case 'issue':
        return issue(flags, rest)
      case 'renew':
        return renew(flags, rest)
      case 'check':
        return check(flags)
      default:
        throw new UsageError(`unknown command "${verb ?? ''}" for "kubets pki": one of init, issue, renew, check`)
    }
  },
})

async function init(flags: PkiFlags): Promise<number> {
  const plan = planFromFlags(flags)
  await initPki(plan, { ...lifetimes(flags), keyAlgorithm: keyAlgorithm(flags) }, step =>
    process.stdout.write(`${describe(step)}\n`),
  )
  const superAdmin = plan.certificates.find(({ name }) => name === 'super-admin.conf')?.kubeconfig?.path
  process.stdout.write(
    '\nOnce the api-server runs with RBAC, let admin.conf do everything, and the api-server use kubelets:\n' +
      `  kubectl --kubeconfig ${superAdmin} create clusterrolebinding kubeadm:cluster-admins --clusterrole=cluster-admin --group=kubeadm:cluster-admins\n`,
  )
  return 0
}

function describe(step: InitStep): string {
  switch (step.kind) {
    case 'authority': {
      const { name, files } = step.authority
      if (step.how === 'made') return `[certs] Generating "${name}" certificate and key`
      const what = step.how === 'external' ? 'external (it has no key here)' : 'existing'
      return `[certs] Using ${what} ${name} certificate authority ${files}.crt`
    }
    case 'service account keys':
      return step.how === 'made' ? '[certs] Generating "sa" key and public key' : '[certs] Using the existing "sa" key'
    case 'certificate': {
      const { name, kubeconfig, request } = step.certificate
      if (kubeconfig !== undefined)
        return `[kubeconfig] ${step.how === 'made' ? 'Writing' : 'Using existing'} "${name}" kubeconfig file`
      if (step.how === 'kept') return `[certs] Using existing ${name} certificate and key on disk`
      const { dnsNames = [], ipAddresses = [] } = request
      const serves = `\n[certs] ${name} serving cert is signed for DNS names [${dnsNames.join(' ')}] and IPs [${ipAddresses.join(' ')}]`
      return `[certs] Generating "${name}" certificate and key${dnsNames.length > 0 ? serves : ''}`
    }
  }
}

async function renew(flags: PkiFlags, wanted: readonly string[]): Promise<number> {
  const plan = await presentPlan(flags)
  if (wanted.length === 0)
    throw new UsageError(`kubets pki renew needs 'all' or names: ${plan.certificates.map(one => one.name).join(', ')}`)
  const chosen = wanted.includes('all') ? plan.certificates : wanted.map(name => named(plan, name))
  const kind = flags['key-algorithm'] as KeyAlgorithm | undefined
  const { days } = lifetimes(flags)
  let undone = 0
  for (const certificate of chosen) {
    const { name, about, authority } = certificate
    const end = await renewCertificate(plan, certificate, {
      days,
      ...(kind === undefined ? {} : { keyAlgorithm: kind }),
    })
    if (end === 'renewed') process.stdout.write(`${about} renewed\n`)
    else if (end === 'missing') process.stdout.write(`MISSING! ${about}\n`)
    else process.stdout.write(`Detected external ${authority}, ${about} can't be renewed\n`)
    // who asks for one by name wants that one
    if (end !== 'renewed' && wanted.includes(name)) undone += 1
  }
  return undone > 0 ? 1 : 0
}
