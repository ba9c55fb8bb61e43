import { servedAs } from '../../define-kind.ts'
import { entries } from '../../entries.ts'
import { clusterTrustBundle } from '../v1beta1/cluster-trust-bundle/index.ts'

/** `certificates.k8s.io/v1alpha1`. */
export const certificatesV1alpha1 = entries([
  servedAs(clusterTrustBundle, 'v1alpha1', {
    deprecation: 'certificates.k8s.io/v1alpha1 ClusterTrustBundle is deprecated in v1.34+, unavailable in v1.37+',
  }),
])
