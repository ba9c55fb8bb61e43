import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { APIService, Service } from '@kubets/api-types'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { testCertificates } from '../../testing/api-server.ts'
import { addressOf } from './availability.ts'
import { checkDiscovery } from './discovery-check.ts'

const never = new AbortController().signal
const asked: object[] = []
let answer = 200
let address: string
let close: () => Promise<unknown>
beforeAll(async () => {
  const { serving } = await testCertificates()
  const server = createServer({ cert: serving.cert, key: serving.key }, (request, response) => {
    asked.push({ url: request.url, user: request.headers['x-remote-user'], groups: request.headers['x-remote-group'] })
    response.writeHead(answer).end('{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  close = async () => {
    server.close()
    await once(server, 'close')
  }
})
afterAll(() => close())

const service = (spec: object, name = 'v1.example.com') =>
  ({
    metadata: { name },
    spec: { group: 'example.com', version: 'v1', service: { name: 's', namespace: 'n' }, ...spec },
  }) as APIService

it('asks for the group version as the aggregator', async () => {
  await checkDiscovery({ address, service: service({ insecureSkipTLSVerify: true }), signal: never })
  expect(asked.at(-1)).toEqual({
    url: '/apis/example.com/v1',
    user: 'system:kube-aggregator',
    groups: 'system:masters',
  })
  await checkDiscovery({ address, service: service({ insecureSkipTLSVerify: true, group: '' }, 'v1.'), signal: never })
  expect(asked.at(-1)).toMatchObject({ url: '/api/v1' })
})

it('says what was answered instead', async () => {
  answer = 503
  const url = `https://${address}/apis/example.com/v1`
  await expect(
    checkDiscovery({ address, service: service({ insecureSkipTLSVerify: true }), signal: never }),
  ).rejects.toThrow(`failing or missing response from ${url}: bad status from ${url}: 503`)
  answer = 200
})

it('believes only whom the bundle names, as the name of the Service', async () => {
  const { authority } = await testCertificates()
  const caBundle = Buffer.from(authority.cert).toString('base64')
  await expect(checkDiscovery({ address, service: service({ caBundle }), signal: never })).rejects.toThrow('s.n.svc')
})

it('says that nobody is there', async () => {
  await expect(checkDiscovery({ address: '127.0.0.1:1', service: service({}), signal: never })).rejects.toThrow(
    'failing or missing response from https://127.0.0.1:1/apis/example.com/v1: Get "https://127.0.0.1:1',
  )
})

it.each([
  [{ type: 'ClusterIP', clusterIP: '10.0.0.1', ports: [{ port: 443 }] }, '10.0.0.1:443'],
  [{ type: 'LoadBalancer', clusterIP: 'fd00::1', ports: [{ port: 443 }] }, '[fd00::1]:443'],
  [{ type: 'ClusterIP', clusterIP: 'None', ports: [] }, 's.n.svc:443'],
  [{ type: 'ExternalName', externalName: 'api.example.com' }, 'api.example.com:443'],
])('the server of %j is at %s', (spec, wanted) => {
  expect(addressOf({ metadata: { name: 's', namespace: 'n' }, spec } as Service, 443)).toBe(wanted)
})
