import {
  builtinCatalogue,
  builtinSchemas,
  type KubeObject,
  openProtobuf,
  protobufContentType as protobuf,
} from '@kubets/api-types'
import { ObjectGenerator } from '@kubets/api-types/testing'
import { expect, it } from 'vitest'
import { testApiServer } from '../testing/api-server.ts'
import type { RequestInit } from '../testing/http-client.ts'
import { sealed } from '../testing/protobuf-client.ts'

/** Versions that api/all leaves off. */
const gatedVersions = [
  'authentication.k8s.io/v1beta1',
  'certificates.k8s.io/v1alpha1',
  'certificates.k8s.io/v1beta1',
  'scheduling.k8s.io/v1alpha2',
  'storagemigration.k8s.io/v1beta1',
]
const mergePatch = { 'content-type': 'application/merge-patch+json' }

it('never fails over what a typed client may send: random objects of every kind', async () => {
  const answers = new Set<number>()
  // in a server of its own: a name that is taken, or a version that is off, would hide what a body does
  await using server = await testApiServer({ runtimeConfig: ['api/all=true', ...gatedVersions] })
  for (const entry of builtinCatalogue.entries.filter(({ stored, verbs }) => stored && verbs.includes('create'))) {
    const prefix = entry.group === '' ? '/api/v1' : `/apis/${entry.group}/${entry.version}`
    const path = `${prefix}${entry.namespaced ? '/namespaces/default' : ''}/${entry.resource}?dryRun=All`
    const apiVersion = entry.group === '' ? entry.version : `${entry.group}/${entry.version}`
    for (let seed = 1; seed <= 20; seed++) {
      const object = new ObjectGenerator(builtinSchemas.message, seed * 31).object(entry.schema)
      const named = { ...object, metadata: { name: `random-${seed}` } }
      const body = sealed(apiVersion, entry.kind, entry.schema, named)
      const reply = await server.h2.request('POST', path, { body, headers: { 'content-type': protobuf } })
      expect(reply.status, `${entry.kind} ${seed}: ${reply.text}`).toBeLessThan(500)
      answers.add(reply.status)
    }
  }
  // 403: what admission says of a random priority; 413: a random schema of 7 MB in a CustomResourceDefinition
  expect([...answers].sort()).toEqual([201, 403, 422])
})

it('answers a write with the bytes that a read then gives: random objects of every kind', async () => {
  await using server = await testApiServer({ runtimeConfig: ['api/all=true', ...gatedVersions] })
  const whole = async (method: string, path: string, init: RequestInit = {}) => {
    const reply = await server.h1.stream(method, path, { ...init, headers: { accept: protobuf, ...init.headers } })
    const chunks: Buffer[] = []
    for await (const chunk of reply.body) chunks.push(chunk as Buffer)
    return { status: reply.status, bytes: Buffer.concat(chunks) }
  }
  const made = new Set<string>()
  for (const entry of builtinCatalogue.entries.filter(({ stored, verbs }) => stored && verbs.includes('create'))) {
    const prefix = entry.group === '' ? '/api/v1' : `/apis/${entry.group}/${entry.version}`
    const path = `${prefix}${entry.namespaced ? '/namespaces/default' : ''}/${entry.resource}`
    const apiVersion = entry.group === '' ? entry.version : `${entry.group}/${entry.version}`
    const write = (method: string, to: string, object: object) =>
      whole(method, to, {
        body: sealed(apiVersion, entry.kind, entry.schema, object),
        headers: { 'content-type': protobuf },
      })
    for (let seed = 1; seed <= 6; seed++) {
      const name = `written-${seed}`
      const random = new ObjectGenerator(builtinSchemas.message, seed * 37).object(entry.schema)
      const created = await write('POST', path, { ...random, metadata: { name, annotations: { 10: 'b', 9: 'a' } } })
      if (created.status !== 201) continue
      const read = await whole('GET', `${path}/${name}`)
      expect(created.bytes.equals(read.bytes), `${entry.kind} ${seed}`).toBe(true)
      const object = builtinSchemas.get(entry.schema).decodeProtobuf(openProtobuf(read.bytes).raw) as KubeObject
      const patch = { body: { metadata: { labels: { seed: name } } }, headers: mergePatch }
      for (const [way, change] of [
        ['update', () => write('PUT', `${path}/${name}`, { ...object, metadata: { ...object.metadata, labels: {} } })],
        ['patch', () => whole('PATCH', `${path}/${name}`, patch)],
      ] as const) {
        const changed = await change()
        if (changed.status !== 200) continue
        made.add(`${way} ${entry.kind}`)
        const again = await whole('GET', `${path}/${name}`)
        expect(changed.bytes.equals(again.bytes), `${way} of ${entry.kind} ${seed}`).toBe(true)
      }
    }
  }
  expect(made.size).toBeGreaterThan(30)
})
