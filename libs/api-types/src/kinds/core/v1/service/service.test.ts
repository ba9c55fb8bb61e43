import { describe, expect, it } from 'vitest'
import { entryUnderTest } from '../../../../testing/entry-under-test.ts'

const kind = entryUnderTest('', 'v1', 'Service')
const ports = [{ name: 'p', port: 80 }]
const address = { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' }
const dual = {
  clusterIP: '10.0.0.1',
  clusterIPs: ['10.0.0.1', 'fd00::1'],
  ipFamilies: ['IPv4', 'IPv6'],
  ipFamilyPolicy: 'RequireDualStack',
}
const service = (spec: object = {}) => ({ spec: { ports, ...address, ...spec } })

describe('a Service', () => {
  it('has upstream’s defaults', () => {
    expect(kind.made({ spec: { ports: [{ port: 80 }] } }).spec).toEqual({
      type: 'ClusterIP',
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    })
    expect(kind.made({ spec: { ports, type: 'LoadBalancer' } }).spec).toMatchObject({
      externalTrafficPolicy: 'Cluster',
      allocateLoadBalancerNodePorts: true,
    })
    expect(kind.made({ spec: { ports, sessionAffinity: 'ClientIP' } }).spec).toMatchObject({
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } },
    })
  })

  it.each([
    [
      address,
      { clusterIP: '10.0.0.2', clusterIPs: ['10.0.0.2'] },
      ['spec.clusterIPs[0]', '["10.0.0.2"]: may not change once set'],
    ],
    [address, { clusterIP: 'None', clusterIPs: ['None'] }, ['spec.clusterIPs[0]', '["None"]: may not change once set']],
    [address, { clusterIP: '', clusterIPs: [] }, ['spec.clusterIPs[0]', '[]: primary clusterIP can not be unset']],
    [
      dual,
      { clusterIPs: ['10.0.0.1'], ipFamilies: dual.ipFamilies, ipFamilyPolicy: 'RequireDualStack' },
      [
        'spec.ipFamilyPolicy',
        `"RequireDualStack": must be set to 'SingleStack' when releasing the secondary clusterIP`,
      ],
    ],
    [address, { ipFamilies: ['IPv6'] }, ['spec.ipFamilies[0]', '["IPv6"]: may not change once set']],
  ])('%# keeps what was given to it', (before, after, [path, text]) => {
    const errors = kind.updateErrors(service(before), service({ ...before, ...after }))
    expect(errors).toContain(`${path}: Invalid value: ${text}`)
  })
  it('gives its second address back as SingleStack', () => {
    expect(kind.updateErrors(service(dual), service())).toEqual([])
    expect(kind.updateErrors(service(), service(dual))).toEqual([])
  })

  it('loses with its type what belongs to it, unless the writer changed it', () => {
    const before = service({ type: 'NodePort', ports: [{ name: 'p', port: 80, nodePort: 30_000 }] })
    const [plain] = kind.updated(before, {
      spec: { ...before.spec, externalTrafficPolicy: 'Cluster', type: 'ClusterIP' },
    })
    expect(plain.spec).toMatchObject({ ports: [{ port: 80 }] })
    expect(plain.spec).not.toHaveProperty('externalTrafficPolicy')
    const other = { ...before.spec, type: 'ClusterIP', ports: [{ name: 'p', port: 80, nodePort: 30_001 }] }
    expect(kind.updateErrors(before, { spec: other })).toEqual([
      "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
    ])
    const [name] = kind.updated(service(), service({ type: 'ExternalName', externalName: 'a.b' }))
    for (const part of Object.keys(address)) expect(name.spec).not.toHaveProperty(part)
    const balanced = service({
      type: 'LoadBalancer',
      externalTrafficPolicy: 'Local',
      healthCheckNodePort: 30_002,
      loadBalancerClass: 'a/b',
    })
    const status = { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } }
    const [rest] = kind.updated({ ...balanced, status }, { spec: { ...balanced.spec, type: 'NodePort' } })
    expect(rest.spec).not.toHaveProperty('healthCheckNodePort')
    expect(rest.spec).not.toHaveProperty('loadBalancerClass')
    expect(rest.spec).not.toHaveProperty('allocateLoadBalancerNodePorts')
    expect(rest.status).toEqual({ loadBalancer: {} })
  })

  it('as a load balancer keeps its class and its health check', () => {
    const balanced = (spec: object) =>
      service({ type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 30_002, ...spec })
    expect(
      kind.updateErrors(balanced({}), balanced({ loadBalancerClass: 'a/b', healthCheckNodePort: 30_003 })),
    ).toEqual([
      'spec.loadBalancerClass: Invalid value: "a/b": may not change once set',
      'spec.healthCheckNodePort: Forbidden: field is immutable',
    ])
  })

  it('has a status that its own path changes', () => {
    const balanced = service({ type: 'LoadBalancer' })
    const at = (ingress: object) => ({ ...balanced, status: { loadBalancer: { ingress: [ingress] } } })
    const more = { subresource: 'status' }
    expect(kind.updateErrors(balanced, at({ ip: '1.2.3.4' }), more)).toEqual([])
    expect(kind.updateErrors(balanced, at({ ip: 'x', ipMode: 'Odd' }), more)).toEqual([
      'status.loadBalancer.ingress[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      'status.loadBalancer.ingress[0].ipMode: Unsupported value: "Odd": supported values: "Proxy", "VIP"',
    ])
    expect(kind.updateErrors(service(), { ...service(), status: at({ ip: '1.2.3.4' }).status }, more)).toEqual([
      "status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'",
    ])
  })

  it('is printed as kubectl shows it', () => {
    const spec = {
      type: 'NodePort',
      ...address,
      ports: [{ port: 80, nodePort: 30_080, protocol: 'TCP' }],
      selector: { b: '2', a: '1' },
    }
    expect(kind.cells({ spec })).toEqual(['a', 'NodePort', '10.0.0.1', '<none>', '80:30080/TCP', '10m', 'a=1,b=2'])
    const status = { loadBalancer: { ingress: [{ hostname: 'b.c' }, { ip: '1.2.3.4' }] } }
    const external = (more: object, rest: object = {}) => kind.cells({ spec: { ...spec, ...more }, ...rest })[3]
    expect(external({ type: 'LoadBalancer' })).toBe('<pending>')
    expect(external({ type: 'LoadBalancer', externalIPs: ['9.9.9.9'] }, { status })).toBe('1.2.3.4,b.c,9.9.9.9')
    expect(external({ type: 'ExternalName', externalName: 'x.y' })).toBe('x.y')
    expect(kind.cells({ spec: {} }).slice(1, 5)).toEqual(['', '<none>', '<unknown>', '<none>'])
  })
})
