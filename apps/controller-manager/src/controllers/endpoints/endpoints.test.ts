import { describe, expect, it } from 'vitest'
import type { ServiceInfo } from '../../informers/services.ts'
import { serviceInformer } from '../../informers/services.ts'
import { type PodInfo, toPodInfo } from '../../pods/pod-info.ts'
import { nextEndpoints } from './reconcile.ts'
import { subsetsOf, truncate } from './subsets.ts'

const service = (spec: object): ServiceInfo =>
  serviceInformer.project?.({
    metadata: { name: 's', namespace: 'n', uid: 'u', labels: { app: 'a' } },
    spec: { clusterIP: '10.96.0.1', ipFamilies: ['IPv4'], selector: { app: 'a' }, ...spec },
  } as never) as ServiceInfo
const pod = (
  name: string,
  ip: string,
  more: { ready?: boolean; ports?: object[]; phase?: string; spec?: object } = {},
): PodInfo =>
  toPodInfo({
    metadata: { name, namespace: 'n', uid: name },
    spec: { nodeName: 'n1', containers: [{ name: 'c', ports: more.ports ?? [] }], ...more.spec },
    status: {
      phase: more.phase ?? 'Running',
      podIPs: [{ ip }],
      conditions: [{ type: 'Ready', status: more.ready === false ? 'False' : 'True' }],
    },
  } as never)
const address = (name: string, ip: string) => ({
  ip,
  nodeName: 'n1',
  targetRef: { kind: 'Pod', namespace: 'n', name, uid: name },
})
const web = { ports: [{ name: 'web', port: 80, targetPort: 8080 }] }

describe('where a Service leads', () => {
  it('is to ready pods, and to others apart', () => {
    const pods = [
      pod('b', '10.0.0.2'),
      pod('a', '10.0.0.1'),
      pod('c', '10.0.0.3', { ready: false }),
      pod('d', '10.0.0.4', { phase: 'Failed' }),
    ]
    expect(subsetsOf(service(web), pods)).toEqual([
      {
        addresses: [address('a', '10.0.0.1'), address('b', '10.0.0.2')],
        notReadyAddresses: [address('c', '10.0.0.3')],
        ports: [{ name: 'web', port: 8080, protocol: 'TCP' }],
      },
    ])
  })

  it('ports by name are those of each pod', () => {
    const named = { ports: [{ name: 'web', port: 80, targetPort: 'http', protocol: 'TCP' }] }
    const port = (containerPort: number) => ({ ports: [{ name: 'http', containerPort }] })
    const pods = [pod('a', '10.0.0.1', port(80)), pod('b', '10.0.0.2', port(81)), pod('c', '10.0.0.3')]
    expect(
      subsetsOf(service(named), pods).map(({ addresses, ports }) => [addresses?.[0]?.ip, ports?.[0]?.port]),
    ).toEqual([
      ['10.0.0.1', 80],
      ['10.0.0.2', 81],
    ])
  })

  it('without ports, a headless one leads to its pods all the same, by their names', () => {
    const one = pod('a', '10.0.0.1', { ready: false, spec: { hostname: 'h', subdomain: 's' } })
    expect(subsetsOf(service({ clusterIP: 'None', publishNotReadyAddresses: true }), [one])).toEqual([
      { addresses: [{ ...address('a', '10.0.0.1'), hostname: 'h' }] },
    ])
  })

  it('is cut at the bound, ready ones last', () => {
    const subset = { addresses: [address('a', '1'), address('b', '2')], notReadyAddresses: [address('c', '3')] }
    expect(truncate([subset], 3).truncated).toBe(false)
    expect(truncate([subset], 2)).toEqual({ truncated: true, subsets: [{ addresses: subset.addresses }] })
    expect(truncate([subset], 1)).toEqual({ truncated: true, subsets: [{ addresses: [subset.addresses[0]] }] })
  })

  it('is written when it is another than before', () => {
    const first = nextEndpoints(service(web), subsetsOf(service(web), [pod('a', '10.0.0.1')]), undefined)
    expect(first?.metadata?.labels).toEqual({ app: 'a', 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' })
    expect(nextEndpoints(service(web), subsetsOf(service(web), [pod('a', '10.0.0.1')]), first)).toBeUndefined()
    expect(nextEndpoints(service(web), [], first)?.subsets).toBeUndefined()
  })
})
