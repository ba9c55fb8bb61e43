import { authority, stub } from '../../../libs/api-types/src/kinds/certificates/testdata/certificates.ts'
import type { CorpusFile } from '../../../tools/differential/corpus.ts'

/** Objects of kinds behind feature gates: upstream's server does not serve them as it is built, so its corpus has none. */
export const gated: Readonly<Record<string, CorpusFile>> = {
  workloads: {
    base: {
      metadata: { name: 'workload' },
      spec: {
        controllerRef: { apiGroup: 'batch', kind: 'Job', name: 'job' },
        podGroupTemplates: [
          { name: 'one', schedulingPolicy: { gang: { minCount: 2 } } },
          { name: 'two', schedulingPolicy: { basic: {} } },
        ],
      },
    },
  },
  podgroups: {
    base: {
      metadata: { name: 'pod-group' },
      spec: {
        schedulingPolicy: { gang: { minCount: 2 } },
        podGroupTemplateRef: { workload: { workloadName: 'workload', podGroupTemplateName: 'one' } },
      },
    },
  },
  clustertrustbundles: {
    base: {
      metadata: { name: 'example.com:signer:bundle' },
      spec: { signerName: 'example.com/signer', trustBundle: authority },
    },
  },
  podcertificaterequests: {
    base: {
      metadata: { name: 'request' },
      spec: {
        signerName: 'example.com/signer',
        podName: 'pod',
        podUID: 'pod-uid',
        serviceAccountName: 'default',
        serviceAccountUID: 'account-uid',
        nodeName: 'node',
        nodeUID: 'node-uid',
        maxExpirationSeconds: 86_400,
        stubPKCS10Request: stub,
      },
    },
  },
  storageversionmigrations: {
    base: { metadata: { name: 'migration' }, spec: { resource: { group: 'apps', resource: 'deployments' } } },
  },
}
