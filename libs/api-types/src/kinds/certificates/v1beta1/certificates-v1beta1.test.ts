import { describe, expect, it } from 'vitest'
import { entryUnderTest } from '../../../testing/entry-under-test.ts'
import { authority, leaf, proof, publicKey, rsaStub, stub } from '../testdata/certificates.ts'

describe('a ClusterTrustBundle', () => {
  const kind = entryUnderTest('certificates.k8s.io', 'v1beta1', 'ClusterTrustBundle')
  const omitted = 'spec.trustBundle: Invalid value: "<value omitted>": '

  it.each([
    [{ trustBundle: authority }, []],
    [{ trustBundle: '' }, [`${omitted}at least one trust anchor must be provided`]],
    [{ trustBundle: leaf }, [`${omitted}entry 0 does not have the CA bit set`]],
    [{ trustBundle: authority + authority }, [`${omitted}duplicate trust anchor (indices [0 1])`]],
    [
      { trustBundle: authority, signerName: 'example.com/s' },
      [
        'metadata.name: Invalid value: "a": ClusterTrustBundle for signerName example.com/s must be named with prefix example.com:s:',
      ],
    ],
  ])('%# is told what is wrong', (spec, messages) => {
    expect(kind.errors({ spec })).toEqual(messages)
  })

  it('keeps its signer and is not judged again', () => {
    const metadata = { name: 'example.com:s:x' }
    const before = { metadata, spec: { signerName: 'example.com/s', trustBundle: 'stored long ago' } }
    expect(kind.updateErrors(before, before)).toEqual([])
    const after = { metadata, spec: { ...before.spec, signerName: '' } }
    expect(kind.updateErrors(before, after).at(-1)).toBe('spec.signerName: Invalid value: "": field is immutable')
  })

  it('is served in an older version too, behind a gate', () => {
    const { entry } = entryUnderTest('certificates.k8s.io', 'v1alpha1', 'ClusterTrustBundle')
    expect(entry).toMatchObject({ enabledByDefault: false, featureGate: 'ClusterTrustBundle' })
    expect(entry.hub?.entry).toBe(kind.entry)
  })
})

describe('a PodCertificateRequest', () => {
  const kind = entryUnderTest('certificates.k8s.io', 'v1beta1', 'PodCertificateRequest')
  const spec = {
    signerName: 'example.com/signer',
    podName: 'p',
    podUID: 'pod-uid',
    serviceAccountName: 'sa',
    serviceAccountUID: 'su',
    nodeName: 'n',
    nodeUID: 'nu',
    stubPKCS10Request: stub,
  }
  const { stubPKCS10Request: _, ...keyless } = spec

  it.each([
    [spec, []],
    [{ ...keyless, pkixPublicKey: publicKey, proofOfPossession: proof }, []],
    [
      { ...keyless, podUID: 'other', pkixPublicKey: publicKey, proofOfPossession: proof },
      ['spec.proofOfPossession: Invalid value: could not verify proof-of-possession signature'],
    ],
    [
      keyless,
      ['spec: Invalid value: exactly one of (stubPKCS10Request) or (pkixPublicKey, proofOfPossession) must be set'],
    ],
    [{ ...spec, stubPKCS10Request: 'AAAA' }, ['spec.stubPKCS10Request: Invalid value: must be a valid PKCS#10 CSR']],
    [
      { ...spec, stubPKCS10Request: rsaStub },
      ['spec.stubPKCS10Request: Invalid value: "2048-bit modulus": RSA keys must have modulus size 3072 or 4096'],
    ],
    [
      { ...spec, signerName: 'kubernetes.io/x', maxExpirationSeconds: 86401 },
      ['spec.maxExpirationSeconds: Invalid value: 86401: must be in the range [3600, 86400]'],
    ],
    [{ ...spec, podUID: '' }, ['spec.podUID: Invalid value: "": must not be empty']],
    [
      { ...spec, unverifiedUserAnnotations: { plain: 'x' } },
      ['spec.unverifiedUserAnnotations: Invalid value: "plain": must be a domain-prefixed key (such as "acme.io/foo")'],
    ],
  ])('%# is told what is wrong', (given, messages) => {
    expect(kind.errors({ spec: given })).toEqual(messages)
  })

  it('lasts a day unless it says otherwise, and does not change', () => {
    expect(kind.made({ spec }).spec).toMatchObject({ maxExpirationSeconds: 86400 })
    expect(kind.updateErrors({ spec }, { spec: { ...spec, nodeName: 'm' } })[0]).toMatch(
      /^spec: Invalid value: \{"SignerName":"example.com\/signer","PodName":"p","PodUID":"pod-uid",.*"PKIXPublicKey":null,.*: field is immutable$/,
    )
  })

  const condition = {
    type: 'Issued',
    status: 'True',
    reason: 'Done',
    message: '',
    lastTransitionTime: '2024-01-01T00:10:00Z',
  }
  const issued = {
    conditions: [condition],
    certificateChain: leaf + authority,
    notBefore: '2024-01-01T00:08:00Z',
    beginRefreshAt: '2024-01-01T06:00:00Z',
    notAfter: '2024-01-01T12:08:00Z',
  }

  it.each([
    [issued, []],
    [
      { ...issued, notBefore: '2024-01-01T00:09:00Z' },
      [
        'status.notBefore: Invalid value: "2024-01-01T00:09:00Z": must be set to the NotBefore time encoded in the leaf certificate',
      ],
    ],
    [
      { ...issued, beginRefreshAt: '2024-01-01T12:00:00Z' },
      [
        'status.beginRefreshAt: Invalid value: "2024-01-01T12:00:00Z": must be at least 10 minutes before status.notAfter',
      ],
    ],
    [
      { ...issued, certificateChain: '' },
      ['status.certificateChain: Invalid value: "": issued certificate chain must contain at least one certificate'],
    ],
    [
      { conditions: [condition], certificateChain: leaf },
      [
        'status.notBefore: Required value: must be present and consistent with the issued certificate',
        'status.notAfter: Required value: must be present and consistent with the issued certificate',
        'status.beginRefreshAt: Required value: must be present and in the range [notbefore+10min, notafter-10min]',
      ],
    ],
    [
      { ...issued, conditions: [{ ...condition, type: 'Denied' }] },
      [
        'status: Invalid value: non-condition status fields must be empty when denying or failing the PodCertificateRequest',
      ],
    ],
    [
      { certificateChain: leaf },
      ['status: Invalid value: status is immutable unless transitioning to "Issued", "Denied", or "Failed"'],
    ],
    [
      { conditions: [{ ...condition, type: 'Odd' }] },
      ['status.conditions.[0].type: Unsupported value: "Odd": supported values: "Issued", "Denied", "Failed"'],
    ],
  ])('is answered, %#', (status, messages) => {
    expect(kind.updateErrors({ spec }, { spec, status }, { subresource: 'status' })).toEqual(messages)
  })

  it('is answered once, for the key that it has', () => {
    const context = { subresource: 'status' }
    expect(kind.updateErrors({ spec, status: issued }, { spec, status: {} }, context)).toEqual([
      'status: Invalid value: immutable after PodCertificateRequest is issued, denied, or failed',
    ])
    const other = { ...keyless, stubPKCS10Request: rsaStub }
    expect(kind.updateErrors({ spec: other }, { spec: other, status: issued }, context)[0]).toContain(
      'leaf certificate was not issued to the requested public key',
    )
  })

  it('is found and printed by its pod', () => {
    expect(Object.keys(kind.entry.fieldLabels ?? {})).toEqual([
      'metadata.name',
      'spec.signerName',
      'spec.podName',
      'spec.nodeName',
    ])
    expect(kind.cells({ spec, status: issued })).toEqual([
      'a',
      'p',
      'sa',
      'n',
      'example.com/signer',
      'Issued',
      '<none>',
    ])
  })
})
