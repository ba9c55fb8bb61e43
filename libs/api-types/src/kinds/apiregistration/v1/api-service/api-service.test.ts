import { expect, it } from 'vitest'
import type { APIService } from '../../types.ts'
import { apiService } from './index.ts'

const context = { subresource: 'create', now: 0 }
const local = (spec: object = {}, name = 'v1.apps'): APIService => ({
  metadata: { name },
  spec: { group: 'apps', version: 'v1', groupPriorityMinimum: 17_800, versionPriority: 15, ...spec },
})
const errors = (object: APIService) => {
  apiService.applyDefaults(object)
  return apiService.strategy.validate(object, context).map(({ field, message }) => `${field}: ${message}`)
}

it('of the server itself is available at once', () => {
  const object = local()
  expect(errors(object)).toEqual([])
  apiService.strategy.prepareForCreate(object, context)
  expect(apiService.cells(object, 0).slice(0, 3)).toEqual(['v1.apps', 'Local', 'True'])
})

it('of another server waits for its check', () => {
  const object = local({ service: { namespace: 'a', name: 'b' } })
  expect(errors(object)).toEqual([])
  expect(object.spec?.service?.port).toBe(443)
  apiService.strategy.prepareForCreate(object, context)
  expect(apiService.cells(object, 0).slice(1, 3)).toEqual(['a/b', 'Unknown'])
})

it.each([
  [
    'another name',
    local({}, 'x'),
    'metadata.name: Invalid value: "x": must be `spec.version+"."+spec.group`: "v1.apps"',
  ],
  [
    'a version that is no label',
    local({ version: 'V' }, 'V.apps'),
    'spec.version: Invalid value: "V": a DNS-1035 label',
  ],
  [
    'a priority out of range',
    local({ groupPriorityMinimum: 20_001 }),
    'spec.groupPriorityMinimum: Invalid value: 20001: must be positive and less than 20000',
  ],
  [
    'no version priority',
    local({ versionPriority: 0 }),
    'spec.versionPriority: Invalid value: 0: must be positive and less than 1000',
  ],
  [
    'an authority for itself',
    local({ caBundle: 'AAAA' }),
    'spec.caBundle: Invalid value: "3 bytes": local APIServices may not have a caBundle',
  ],
  ['a service without a name', local({ service: { namespace: 'a' } }), 'spec.service.name: Required value'],
  [
    'both an authority and none',
    local({ service: { namespace: 'a', name: 'b' }, insecureSkipTLSVerify: true, caBundle: 'AAAA' }),
    'spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present',
  ],
])('with %s is refused', (_, object, error) => {
  expect(errors(object).join('\n')).toContain(error)
})
