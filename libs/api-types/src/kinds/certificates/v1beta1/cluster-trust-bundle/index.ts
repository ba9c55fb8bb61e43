import { column, defineKind, nameColumn } from '../../../define-kind.ts'
import type { ClusterTrustBundle } from '../../types.ts'
import { strategy } from './strategy.ts'

export const clusterTrustBundle = defineKind<ClusterTrustBundle>({
  group: 'certificates.k8s.io',
  version: 'v1beta1',
  kind: 'ClusterTrustBundle',
  resource: 'clustertrustbundles',
  featureGate: 'ClusterTrustBundle',
  namespaced: false,
  strategy,
  moreFields: object => ({ 'spec.signerName': object.spec?.signerName ?? '' }),
  columns: [nameColumn, column('SignerName', 'The signer whose roots these are.')],
  cells: object => [object.metadata?.name ?? '', object.spec?.signerName || '<none>'],
})
