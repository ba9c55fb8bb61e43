import { column, defineKind, nameColumn, own, readWrite } from '../../../define-kind.ts'
import type { PodCertificateRequest } from '../../types.ts'
import { strategy } from './strategy.ts'

const states = ['Issued', 'Denied', 'Failed']

export const podCertificateRequest = defineKind<PodCertificateRequest>({
  group: 'certificates.k8s.io',
  version: 'v1beta1',
  kind: 'PodCertificateRequest',
  resource: 'podcertificaterequests',
  featureGate: 'PodCertificateRequest',
  subresources: { status: own('PodCertificateRequest', readWrite, 'certificates.k8s.io', 'v1beta1') },
  applyDefaults(object) {
    object.spec ??= {} as PodCertificateRequest['spec']
    object.spec.maxExpirationSeconds ??= 86400
  },
  strategy,
  moreFields: ({ spec }) => ({
    'spec.signerName': spec?.signerName ?? '',
    'spec.podName': spec?.podName ?? '',
    'spec.nodeName': spec?.nodeName ?? '',
  }),
  // upstream knows no selector by namespace here
  fieldLabels: Object.fromEntries(
    ['metadata.name', 'spec.signerName', 'spec.podName', 'spec.nodeName'].map(name => [name, name]),
  ),
  columns: [
    nameColumn,
    column('PodName', 'The pod that the certificate is for.'),
    column('ServiceAccountName', 'The service account of the pod.'),
    column('NodeName', 'The node of the pod.'),
    column('SignerName', 'Who is asked to sign.'),
    column('State', 'Pending, Issued, Denied or Failed.'),
    column('UnverifiedUserAnnotations', 'What the pod tells the signer.'),
  ],
  cells: ({ metadata, spec, status }) => [
    metadata?.name ?? '',
    spec?.podName ?? '',
    spec?.serviceAccountName ?? '',
    spec?.nodeName ?? '',
    spec?.signerName ?? '',
    status?.conditions?.findLast(({ type }) => states.includes(type))?.type ?? 'Pending',
    pairs(spec?.unverifiedUserAnnotations) || '<none>',
  ],
})

const pairs = (map: Readonly<Record<string, string>> = {}) =>
  Object.entries(map)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',')
