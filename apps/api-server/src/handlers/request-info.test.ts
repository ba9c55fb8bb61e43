import { expect, it } from 'vitest'
import { parseRequestInfo } from './request-info.ts'

it.each([
  ['/api/v1/pods', '', 'pods', '', 'list'],
  ['/api/v1/pods//', '', 'pods', '', 'list'],
  ['/api/v1/namespaces/a/pods/b/log', 'a', 'pods', 'b', 'get'],
  // an empty namespace is all of them
  ['/api/v1/namespaces//pods', '', 'pods', '', 'list'],
  ['/api/v1/namespaces//pods?watch=1', '', 'pods', '', 'watch'],
  ['/api/v1//pods', '', '', 'pods', 'get'],
  ['/api/v1/namespaces/a//pods', 'a', '', 'pods', 'get'],
])('%s', (target, namespace, resource, name, verb) => {
  expect(parseRequestInfo('GET', target)).toMatchObject({ namespace, resource, name, verb, isResourceRequest: true })
})
