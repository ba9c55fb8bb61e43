import { describe, expect, it } from 'vitest'
import { entryUnderTest, now } from '../../../../testing/entry-under-test.ts'
import { authority, ecRequest, leaf } from '../../testdata/certificates.ts'

const kind = entryUnderTest('certificates.k8s.io', 'v1', 'CertificateSigningRequest')
const base64 = (text: string) => Buffer.from(text).toString('base64')

const spec = { request: base64(ecRequest), signerName: 'example.com/signer', usages: ['client auth'] }
const old = { spec, status: {} }
const approved = { type: 'Approved', status: 'True', reason: 'Fine', message: '' }
const time = new Date(now).toISOString().replace('.000Z', 'Z')

describe('a CertificateSigningRequest', () => {
  it('says who asks, whatever it was sent with, and is approved by nobody yet', () => {
    const user = { name: 'jane', uid: 'u', groups: ['g'], extra: { k: ['v'] } }
    const object = {
      spec: { ...spec, username: 'admin', groups: ['system:masters'] },
      status: { conditions: [approved] },
    }
    expect(kind.made(object, { user })).toMatchObject({
      spec: { ...spec, username: 'jane', uid: 'u', groups: ['g'], extra: { k: ['v'] } },
      status: {},
    })
    expect(kind.made(object).spec).toEqual(spec)
  })

  it.each([
    [spec, []],
    [
      { ...spec, request: base64(authority) },
      [expect.stringMatching(/^spec.request: Invalid value: "LS0t.*: PEM block type must be CERTIFICATE REQUEST$/)],
    ],
    [{ ...spec, usages: [] }, ['spec.usages: Required value']],
    [
      { ...spec, usages: ['any', 'odd', 'any'] },
      [
        expect.stringContaining('spec.usages[1]: Unsupported value: "odd": supported values: "any", "cert sign"'),
        'spec.usages[2]: Duplicate value: "any"',
      ],
    ],
    [{ ...spec, signerName: '' }, ['spec.signerName: Required value']],
    [
      { ...spec, signerName: 'a' },
      [
        'spec.signerName: Invalid value: "a": must be a fully qualified domain and path of the form \'example.com/signer-name\'',
      ],
    ],
    [
      { ...spec, signerName: 'com/A' },
      [
        'spec.signerName: Invalid value: "com": should be a domain with at least two segments separated by dots',
        expect.stringContaining(
          'spec.signerName: Invalid value: "A": validating label "A": a lowercase RFC 1123 subdomain',
        ),
      ],
    ],
    [
      { ...spec, signerName: 'kubernetes.io/legacy-unknown' },
      [
        'spec.signerName: Invalid value: "kubernetes.io/legacy-unknown": the legacy signerName is not allowed via this API version',
      ],
    ],
    [
      { ...spec, expirationSeconds: 599 },
      ['spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 600 seconds (10 minutes)'],
    ],
  ])('%# is told what is wrong', (given, messages) => {
    expect(kind.errors({ spec: given })).toEqual(messages)
  })

  it('changes neither spec nor status by itself', () => {
    const [next] = kind.updated(old, { spec: { ...spec, usages: [] }, status: { certificate: base64(leaf) } })
    expect(next).toMatchObject(old)
  })

  it('is decided through /approval, with times, and not both ways', () => {
    const context = { subresource: 'approval' }
    const [next] = kind.updated(
      { spec, status: { certificate: base64(leaf) } },
      { spec, status: { conditions: [{ ...approved }] } },
      context,
    )
    expect(next.status).toEqual({
      certificate: base64(leaf),
      conditions: [{ ...approved, lastUpdateTime: time, lastTransitionTime: time }],
    })
    const both = { conditions: [approved, { ...approved, type: 'Denied' }] }
    expect(kind.updateErrors(old, { spec, status: both }, context)).toEqual([
      'status.conditions: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive',
    ])
    expect(kind.updateErrors({ spec, status: { conditions: [approved] } }, { spec, status: {} }, context)).toEqual([
      'status.conditions: Forbidden: updates may not remove a condition of type "Approved"',
    ])
    const unsure = { conditions: [{ ...approved, status: 'False' }] }
    expect(kind.updateErrors(old, { spec, status: unsure }, context)).toEqual([
      'status.conditions[0].status: Unsupported value: "False": supported values: "True"',
    ])
  })

  it('is signed through /status, once', () => {
    const context = { subresource: 'status' }
    const issued = { certificate: base64(leaf) }
    expect(kind.updateErrors(old, { spec, status: issued }, context)).toEqual([])
    expect(kind.updateErrors(old, { spec, status: issued }, { subresource: 'approval' })).toEqual([])
    expect(
      kind.updateErrors({ spec, status: issued }, { spec, status: { certificate: base64(authority) } }, context),
    ).toEqual(['status.certificate: Forbidden: updates may not modify existing certificate content'])
    expect(kind.updateErrors(old, { spec, status: { certificate: base64('x') } }, context)).toEqual([
      'status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block',
    ])
    expect(kind.updateErrors(old, { spec, status: { conditions: [approved] } }, context)).toEqual([
      'status.conditions: Forbidden: updates may not add a condition of type "Approved"',
    ])
  })

  it.each([
    [{}, 'Pending'],
    [{ conditions: [approved] }, 'Approved'],
    [{ conditions: [approved], certificate: 'eA==' }, 'Approved,Issued'],
    [{ conditions: [{ type: 'Denied' }, { type: 'Failed' }] }, 'Denied,Failed'],
  ])('with %j is printed as %s', (status, word) => {
    expect(kind.cells({ spec: { ...spec, username: 'jane', expirationSeconds: 3600 }, status })).toEqual([
      'a',
      '10m',
      'example.com/signer',
      'jane',
      '60m',
      word,
    ])
  })

  it('belongs in part to each endpoint', () => {
    const { resetFields } = kind.entry.strategy
    expect(['', 'status', 'approval'].map(name => resetFields?.(name))).toEqual([
      ['spec', 'status'],
      ['spec', 'status.conditions'],
      ['spec', 'status.certificate'],
    ])
  })
})
