import { readFileSync } from 'node:fs'
import type { SecurityProfile } from '@kubets/cri'
import type { OciSeccomp } from '../oci-spec.ts'
import { defaultSeccompProfile } from './default-profile.ts'

/** The filter that a container asks for; `undefined` for none. Throws when a Localhost profile cannot be read. */
export function selectSeccompProfile(
  asked: SecurityProfile | null,
  capabilities: readonly string[],
): OciSeccomp | undefined {
  switch (asked?.profileType) {
    case 'RuntimeDefault':
      return defaultSeccompProfile(capabilities)
    case 'Localhost':
      return readProfile(asked.localhostRef)
    default:
      return undefined // the kubelet sends Unconfined where the pod says nothing
  }
}

function readProfile(path: string): OciSeccomp {
  let profile: unknown
  try {
    profile = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new Error(`cannot load seccomp profile "${path}": ${error instanceof Error ? error.message : error}`, {
      cause: error,
    })
  }
  if (typeof profile !== 'object' || profile === null || typeof Reflect.get(profile, 'defaultAction') !== 'string')
    throw new Error(`cannot load seccomp profile "${path}": it has no defaultAction`)
  return profile as OciSeccomp
}
