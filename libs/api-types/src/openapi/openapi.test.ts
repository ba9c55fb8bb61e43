import { describe, expect, it } from 'vitest'
import { builtinCatalogue } from '../catalogue/builtin.ts'
import { createOpenApi } from './openapi.ts'

const describeNothing = () => ''
const api = createOpenApi({ catalogue: builtinCatalogue, describe: describeNothing })
const core = JSON.parse(api.v3('api/v1').json)
const all = JSON.parse(api.v2().json)

/** All `$ref`s of a document. */
const references = (text: string) => new Set([...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref ?? ''))

describe('OpenAPI', () => {
  it('has a document for each group version', () => {
    expect(api.paths).toEqual(
      expect.arrayContaining([
        'api',
        'api/v1',
        'apis',
        'apis/coordination.k8s.io',
        'apis/coordination.k8s.io/v1',
        'version',
      ]),
    )
    expect(() => api.v3('apis/nowhere/v1')).toThrow('there is no document of apis/nowhere/v1')
  })

  it('refers only to what is there', () => {
    for (const ref of references(api.v3('api/v1').json)) {
      expect(core.components.schemas).toHaveProperty([ref.replace('#/components/schemas/', '')])
    }
    for (const ref of references(api.v2().json)) {
      expect(all.definitions).toHaveProperty([ref.replace('#/definitions/', '')])
    }
  })

  it('tells kubectl which kind a path serves and that patches can be validated', () => {
    const { get, patch } = core.paths['/api/v1/namespaces/{namespace}/pods/{name}']
    expect(get['x-kubernetes-group-version-kind']).toEqual({ group: '', version: 'v1', kind: 'Pod' })
    expect(patch.parameters.map(({ name }: { name: string }) => name)).toEqual([
      'dryRun',
      'fieldManager',
      'fieldValidation',
      'force',
    ])
    expect(get.operationId).toBe('readCoreV1NamespacedPod')
    expect(core.paths['/api/v1/namespaces/{namespace}/pods'].delete.operationId).toBe(
      'deleteCoreV1CollectionNamespacedPod',
    )
  })

  it('has what patches need', () => {
    const { containers, dnsPolicy } = core.components.schemas['io.k8s.api.core.v1.PodSpec'].properties
    expect(containers).toMatchObject({
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      'x-kubernetes-patch-merge-key': 'name',
      'x-kubernetes-patch-strategy': 'merge',
    })
    expect(dnsPolicy.enum).toEqual(['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'])
  })

  it('changes its hash with its text', () => {
    const same = createOpenApi({ catalogue: builtinCatalogue, describe: describeNothing })
    const other = createOpenApi({ catalogue: builtinCatalogue, describe: () => 'words' })
    expect(same.v3('api/v1').hash).toBe(api.v3('api/v1').hash)
    expect(other.v3('api/v1').hash).not.toBe(api.v3('api/v1').hash)
  })
})
