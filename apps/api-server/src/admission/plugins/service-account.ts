import type { Pod } from '@kubets/api-types'
import type { AdmissionPlugin } from '../admission.ts'

/**
 * Every pod has a service account, `default` where it names none. Upstream also mounts its token, which comes with the token
 * issuer; and refuses accounts that do not exist, which comes with the controller that makes `default` in each namespace.
 */
export const serviceAccount: AdmissionPlugin = {
  name: 'ServiceAccount',
  mutate({ operation, entry, subresource, object }) {
    if (operation !== 'CREATE' || entry.group !== '' || entry.resource !== 'pods' || subresource !== '')
      return undefined
    const spec = (object as Pod).spec
    if (spec === undefined) return undefined
    // static pods' mirrors run without the API
    if (object?.metadata?.annotations?.['kubernetes.io/config.mirror'] !== undefined) return undefined
    if (spec.serviceAccountName === undefined || spec.serviceAccountName === '') {
      spec.serviceAccountName = 'default'
      spec.serviceAccount = 'default'
    }
    return undefined
  },
}
