import { describe, expect, it } from 'vitest'
import { entryUnderTest } from '../../../testing/entry-under-test.ts'

const of = (kind: string) => entryUnderTest('resource.k8s.io', 'v1', kind)
const opaque = { driver: 'd', parameters: { a: 1 } }

const exactly = { deviceClassName: 'gpu' }
const claim = (request: object) => ({ devices: { requests: [request] } })
const at = 'spec.devices'

describe('a ResourceClaim', () => {
  const kind = of('ResourceClaim')

  it('asks for one device, and tolerates equal taints', () => {
    const request = { name: 'r', exactly: { ...exactly, tolerations: [{ key: 'k' }] } }
    expect(kind.made({ spec: claim(request) }).spec).toEqual(
      claim({
        name: 'r',
        exactly: { ...exactly, allocationMode: 'ExactCount', count: 1, tolerations: [{ key: 'k', operator: 'Equal' }] },
      }),
    )
  })

  it.each([
    [claim({ name: 'r', exactly }), []],
    [
      claim({ name: 'r' }),
      [`${at}.requests[0]: Required value: exactly one of \`exactly\` or \`firstAvailable\` is required`],
    ],
    [
      claim({ name: 'r', exactly, firstAvailable: [{ name: 's', ...exactly }] }),
      [
        `${at}.requests[0]: Invalid value: null: exactly one of \`exactly\` or \`firstAvailable\` is required, but multiple fields are set`,
      ],
    ],
    [claim({ name: 'r', exactly: {} }), [`${at}.requests[0].exactly.deviceClassName: Required value`]],
    [
      claim({ name: 'r', exactly: { ...exactly, allocationMode: 'All', count: 2 } }),
      [`${at}.requests[0].exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'`],
    ],
    [
      claim({ name: 'r', exactly: { ...exactly, allocationMode: 'Some' } }),
      [`${at}.requests[0].exactly.allocationMode: Unsupported value: "Some": supported values: "All", "ExactCount"`],
    ],
    [
      claim({
        name: 'r',
        exactly: { ...exactly, tolerations: [{ key: 'k', operator: 'Exists', value: 'v', effect: 'E' }] },
      }),
      [
        `${at}.requests[0].exactly.tolerations[0].value: Invalid value: "v": must be empty for operator \`Exists\``,
        `${at}.requests[0].exactly.tolerations[0].effect: Unsupported value: "E": supported values: "NoExecute", "NoSchedule", "None"`,
      ],
    ],
    [
      {
        devices: {
          requests: [
            { name: 'r', exactly },
            { name: 'r', exactly },
          ],
        },
      },
      [`${at}.requests[1]: Duplicate value: "r"`],
    ],
    [
      { devices: { requests: [{ name: 'r', exactly }], constraints: [{ requests: ['s'], matchAttribute: 'plain' }] } },
      [
        `${at}.constraints[0].requests[0]: Invalid value: "s": must be the name of a request in the claim or the name of a request and a subrequest separated by '/'`,
        `${at}.constraints[0].matchAttribute: Invalid value: "plain": a fully qualified name must be a domain and a name separated by a slash`,
      ],
    ],
    [
      { devices: { constraints: [{}] } },
      [
        `${at}.constraints[0]: Required value: exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set`,
      ],
    ],
    [
      {
        devices: {
          requests: [{ name: 'r', firstAvailable: [{ name: 's', ...exactly }] }],
          config: [
            { requests: ['r', 'r/s'], opaque },
            { requests: ['r/t'], opaque },
          ],
        },
      },
      [
        `${at}.config[1].requests[0]: Invalid value: "r/t": must be the name of a request in the claim or the name of a request and a subrequest separated by '/'`,
      ],
    ],
  ])('%# is told what is wrong', (spec, messages) => {
    expect(kind.errors({ spec })).toEqual(messages)
  })

  const spec = claim({ name: 'r', exactly })

  it('stays as it was asked', () => {
    expect(kind.updateErrors({ spec }, { spec: { devices: {} } })).toEqual([
      'spec: Invalid value: {"Devices":{"Requests":null,"Constraints":null,"Config":null}}: field is immutable',
    ])
  })

  const result = { request: 'r', driver: 'd', pool: 'p', device: 'x' }
  const allocation = { devices: { results: [result] } }
  const context = { subresource: 'status' }
  const user = { resource: 'pods', name: 'p', uid: 'u' }

  it.each([
    [{ allocation, reservedFor: [user] }, []],
    [{ reservedFor: [user] }, ['status.reservedFor: Forbidden: may not be specified when `allocated` is not set']],
    [{ allocation, reservedFor: [user, user] }, ['status.reservedFor[1]: Duplicate value: "u"']],
    [{ allocation, reservedFor: [{ resource: 'pods', name: 'p' }] }, ['status.reservedFor[0].uid: Required value']],
    [
      { allocation: { devices: { results: [{ ...result, request: 's', shareID: 'X' }] } } },
      [
        expect.stringContaining('status.allocation.devices.results[0].request: Invalid value: "s": must be the name'),
        'status.allocation.devices.results[0].shareID: Invalid value: "X": error validating uid: invalid UUID length: 1',
      ],
    ],
    [
      { allocation: { devices: { results: [{ ...result, bindingConditions: ['a', 'a'] }] } } },
      [
        'status.allocation.devices.results[0].bindingConditions[1]: Duplicate value: "a"',
        'status.allocation.devices.results[0].bindingFailureConditions: Invalid value: null: bindingFailureConditions are required to use bindingConditions',
      ],
    ],
    [
      { allocation: { devices: { config: [{ source: 'X', opaque }] } } },
      [
        'status.allocation.devices.config[0].source: Unsupported value: "X": supported values: "FromClaim", "FromClass"',
      ],
    ],
    [
      { allocation: { nodeSelector: { nodeSelectorTerms: [] } } },
      ['status.allocation.nodeSelector.nodeSelectorTerms: Required value: must have at least one node selector term'],
    ],
    [
      { allocation, devices: [{ driver: 'd', pool: 'p', device: 'y' }] },
      [
        'status.devices[0]: Invalid value: {"Driver":"d","Pool":"p","Device":"y","ShareID":""}: must be an allocated device in the claim',
      ],
    ],
    [
      {
        allocation,
        devices: [
          {
            driver: 'd',
            pool: 'p',
            device: 'x',
            data: 'text',
            networkData: { ips: ['10.0.0.1', '10.9.8.07/24', '2001:DB8::1/64', 'fd00::1/64'] },
          },
        ],
      },
      [
        'status.devices[0].data: Invalid value: "<value omitted>": must be a valid JSON object',
        'status.devices[0].networkData.ips[0]: Invalid value: "10.0.0.1": must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)',
        'status.devices[0].networkData.ips[1]: Invalid value: "10.9.8.07/24": must be in canonical form ("10.9.8.7/24")',
        'status.devices[0].networkData.ips[2]: Invalid value: "2001:DB8::1/64": must be in canonical form ("2001:db8::1/64")',
      ],
    ],
  ])('has a status, %#', (status, messages) => {
    expect(kind.updateErrors({ spec }, { spec, status }, context)).toEqual(messages)
  })

  it('keeps its allocation, and nobody joins while it goes away', () => {
    const old = { spec, status: { allocation } }
    const other = { devices: { results: [{ ...result, device: 'y' }] } }
    expect(kind.updateErrors(old, { spec, status: { allocation: other } }, context)[0]).toMatch(
      /^status.allocation: Invalid value: \{"Devices":\{"Results":\[\{"Request":"r","Driver":"d","Pool":"p","Device":"y",.*: field is immutable$/,
    )
    const metadata = { deletionTimestamp: '2024-01-01T00:00:00Z' }
    expect(
      kind.updateErrors({ ...old, metadata }, { metadata, spec, status: { allocation, reservedFor: [user] } }, context),
    ).toEqual([
      'status.reservedFor: Forbidden: new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set',
    ])
  })

  it('forgets what was said of devices that it gives back', () => {
    const devices = [{ driver: 'd', pool: 'p', device: 'x' }]
    const [next] = kind.updated({ spec, status: { allocation, devices } }, { spec, status: { devices } }, context)
    expect(next.status).toEqual({})
  })

  it.each([
    [{}, {}, 'pending'],
    [{}, { allocation }, 'allocated'],
    [{}, { allocation, reservedFor: [user] }, 'allocated,reserved'],
    [{ deletionTimestamp: 't' }, {}, 'deleted'],
    [{ deletionTimestamp: 't' }, { allocation }, 'deleted,allocated'],
  ])('%j with %j is printed as %s', (metadata, status, state) => {
    expect(kind.cells({ metadata, spec, status })[1]).toBe(state)
  })
})

describe('a ResourceClaimTemplate', () => {
  const kind = of('ResourceClaimTemplate')
  const spec = { spec: claim({ name: 'r', exactly }) }

  it('gives labels and annotations, and a claim', () => {
    expect(kind.errors({ spec: { ...spec, metadata: { labels: { a: 'b' } } } })).toEqual([])
    expect(kind.errors({ spec: { metadata: { name: 'n', uid: 'u' }, spec: claim({ name: 'r' }) } })).toEqual([
      'spec.metadata.name: Forbidden: cannot be set',
      'spec.metadata.uID: Forbidden: cannot be set',
      'spec.spec.devices.requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required',
    ])
  })

  it('does not change', () => {
    expect(kind.updateErrors({ spec }, { spec: { spec: {} } })[0]).toMatch(
      /^spec: Invalid value: .*: field is immutable$/,
    )
  })
})
