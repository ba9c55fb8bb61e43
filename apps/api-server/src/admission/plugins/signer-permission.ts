import type { Authorizer } from '../../authorization/authorizer.ts'
import type { UserInfo } from '../../handlers/request-context.ts'

/** What may be done in a signer's name. */
type Verb = 'approve' | 'sign' | 'attest'

/** Whether a user may do something for a signer: by its name, or for all of its domain. What cannot be evaluated is no permission. */
export async function mayForSigner(
  authorizer: Authorizer,
  user: UserInfo,
  verb: Verb,
  signer: string,
): Promise<boolean> {
  for (const name of [signer, `${signer.split('/')[0]}/*`]) {
    const { decision, error } = await authorizer.authorize({
      user,
      verb,
      group: 'certificates.k8s.io',
      version: '*',
      resource: 'signers',
      subresource: '',
      namespace: '',
      name,
    })
    if (error === undefined && decision === 'allow') return true
  }
  return false
}
