import { X509Certificate } from 'node:crypto'
import { createCertificateAuthority } from '../certificates.ts'
import type { AuthorityOptions, KeyPair } from '../contract.ts'
import { pairFault } from '../key-algorithm.ts'
import { readIfThere, writePair } from '../pem-files.ts'
import type { AuthorityDefinition, PkiPlan } from '../plan/contract.ts'

/** An authority as it stands: without its key it is an external one, which somebody else signs with. */
export interface Authority {
  readonly definition: AuthorityDefinition
  readonly cert: string
  readonly key: string | undefined
}

/** Undefined where there is none. @throws Error for a damaged one. */
export async function readAuthority(definition: AuthorityDefinition): Promise<Authority | undefined> {
  const { files } = definition
  const [cert, key] = await Promise.all([readIfThere(`${files}.crt`), readIfThere(`${files}.key`)])
  if (cert === undefined && key === undefined) return undefined
  const advice = `restore it, or remove both to have a new authority, which nothing that trusts the old one believes`
  if (cert === undefined) throw new Error(`${files}.key stands without ${files}.crt: ${advice}`)
  const fault = key === undefined ? undefined : pairFault({ cert, key })
  if (fault !== undefined) throw new Error(`${files}.crt, ${files}.key: ${fault}: ${advice}`)
  let parsed: X509Certificate
  try {
    parsed = new X509Certificate(cert)
  } catch {
    throw new Error(`${files}.crt cannot be read as a certificate: ${advice}`)
  }
  if (!parsed.ca) throw new Error(`certificate ${JSON.stringify(definition.name)} (${files}.crt) is not a CA`)
  return { definition, cert, key }
}

export async function createAuthority(definition: AuthorityDefinition, options: AuthorityOptions): Promise<Authority> {
  const pair = await writePair(definition.files, await createCertificateAuthority(definition.commonName, options))
  return { definition, ...pair }
}

/** The authority of a name, with which to issue. @throws Error where it is not there, or is external. */
export async function signingAuthority(plan: PkiPlan, name: string): Promise<KeyPair> {
  const definition = authorityDefinition(plan, name)
  const authority = await readAuthority(definition)
  if (authority === undefined) throw new Error(`there is no ${definition.files}.crt: run 'kubets pki init' first`)
  if (authority.key === undefined)
    throw new Error(
      `${definition.files}.key is not there: ${name} is an external authority, and whoever holds its key has to issue`,
    )
  return { cert: authority.cert, key: authority.key }
}

export function authorityDefinition(plan: PkiPlan, name: string): AuthorityDefinition {
  const found = plan.authorities.find(one => one.name === name)
  if (found === undefined) throw new Error(`there is no authority ${JSON.stringify(name)}`)
  return found
}
