import type { ResourceEntry } from '@kubets/api-types'
import { describe, expect, it } from 'vitest'
import { parseRequestInfo } from '../handlers/request-info.ts'
import { resourceRepresentation } from './representation.ts'
import { Audiences, audienceName } from './watch-audiences.ts'
import type { Frames } from './watch-frames.ts'

const [pods, services] = [{}, {}] as unknown as [ResourceEntry, ResourceEntry]
const made = () => ({ frames: {} as Frames, matches: undefined })

describe('audiences', () => {
  it('are shared by those who ask for the same of one kind, until the last of them leaves', () => {
    const audiences = new Audiences()
    const first = audiences.join(pods, 'a', made)
    expect(audiences.join(pods, 'a', made)).toBe(first)
    expect(audiences.join(services, 'a', made)).not.toBe(first)
    expect(audiences.join(pods, 'b', made)).not.toBe(first)
    expect(audiences.size).toBe(3)
    audiences.leave(pods, 'a')
    expect(audiences.join(pods, 'a', made)).toBe(first)
    for (const name of ['a', 'a', 'b']) audiences.leave(pods, name)
    audiences.leave(services, 'a')
    expect(audiences.size).toBe(0)
    expect(audiences.join(pods, 'a', made)).not.toBe(first)
  })

  const all = '/api/v1/pods?watch=1'
  const json = 'application/json'
  const protobuf = 'application/vnd.kubernetes.protobuf'
  it.each([
    ['the same', all, json, true],
    ['from another revision on', '/api/v1/pods?watch=1&resourceVersion=7&timeoutSeconds=9', json, true],
    ['in one namespace', '/api/v1/namespaces/default/pods?watch=1', json, false],
    ['of one name', '/api/v1/namespaces/default/pods/a?watch=1', json, false],
    ['with a label', '/api/v1/pods?watch=1&labelSelector=a%3Db', json, false],
    ['with a field', '/api/v1/pods?watch=1&fieldSelector=a%3Db', json, false],
    ['in another encoding', all, `${protobuf};stream=watch`, false],
    ['the metadata only', all, `${protobuf};as=PartialObjectMetadata;g=meta.k8s.io;v=v1`, false],
  ])('who asks for %s: %s, %s', (_, target, accept, same) => {
    const named = (path: string, form: string) =>
      audienceName(parseRequestInfo('GET', path), resourceRepresentation(form, 'streams'))
    expect(named(target, accept) === named(all, json)).toBe(same)
  })

  it('are not made of forms in which every watcher is told other things', () => {
    const table = resourceRepresentation('application/json;as=Table;g=meta.k8s.io;v=v1', 'streams')
    expect(audienceName(parseRequestInfo('GET', all), table)).toBeUndefined()
  })
})
