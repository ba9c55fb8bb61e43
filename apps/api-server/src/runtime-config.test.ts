import { createCatalogue, defineKind, plainStrategy } from '@kubets/api-types'
import { describe, expect, it } from 'vitest'
import { servedCatalogue } from './runtime-config.ts'

const kind = (group: string, version: string, resource: string) =>
  defineKind({ group, version, resource, kind: resource.toUpperCase(), strategy: plainStrategy })

const catalogue = createCatalogue([
  kind('', 'v1', 'pods'),
  kind('apps', 'v1', 'deployments'),
  kind('apps', 'v1', 'daemonsets'),
  kind('storage.k8s.io', 'v1beta1', 'classes'),
  kind('storage.k8s.io', 'v1beta1', 'others'),
  kind('storage.k8s.io', 'v1alpha1', 'classes'),
  // behind a feature gate that is off
  kind('scheduling.k8s.io', 'v1alpha2', 'workloads'),
])
const served = (...config: string[]) =>
  servedCatalogue(catalogue, config).entries.map(e => `${e.group}/${e.version}/${e.resource}`)

const stable = ['/v1/pods', 'apps/v1/deployments', 'apps/v1/daemonsets']
const beta = ['storage.k8s.io/v1beta1/classes', 'storage.k8s.io/v1beta1/others']
const alpha = ['storage.k8s.io/v1alpha1/classes']

describe('the kinds that are served', () => {
  it.each<[string[], string[]]>([
    [[], stable],
    [['api/all'], [...stable, ...beta, ...alpha]],
    [['api/all=true'], [...stable, ...beta, ...alpha]],
    [['api/beta=true'], [...stable, ...beta]],
    [['api/alpha='], [...stable, ...alpha]],
    [
      ['api/all', 'api/alpha=false'],
      [...stable, ...beta],
    ],
    [['api/ga=false', '/v1'], ['/v1/pods']],
    [['apps/v1=false'], ['/v1/pods']],
    [['apps/v1/daemonsets=0'], ['/v1/pods', 'apps/v1/deployments']],
    [
      ['apps/v1=false', 'apps/v1/daemonsets'],
      ['/v1/pods', 'apps/v1/daemonsets'],
    ],
    [['storage.k8s.io/v1beta1/others'], [...stable, 'storage.k8s.io/v1beta1/others']],
    [
      ['api/all', 'scheduling.k8s.io/v1alpha2'],
      [...stable, ...beta, ...alpha, 'scheduling.k8s.io/v1alpha2/workloads'],
    ],
    [['policy/v1beta1', 'apps/v1beta2=true'], stable],
  ])('with --runtime-config %j', (config, expected) => {
    // groups that upstream knows and this small catalogue does not
    expect(served(...config.filter(c => !c.startsWith('policy/')))).toEqual(expected)
  })

  it.each([
    [['api/all=false'], 'invalid runtime-config with only api/all=false'],
    [['nowhere.example.com/v1=true', 'a/v2'], 'unknown api groups a/v2,nowhere.example.com/v1'],
    [['apps/v9=true'], 'group version apps/v9 that has not been registered'],
    [['v1=true'], 'runtime-config invalid key v1'],
    [['a/b/c/d'], 'runtime-config invalid key a/b/c/d'],
    [['apps/v1=maybe'], 'invalid value of apps/v1: maybe, err: strconv.ParseBool: parsing "maybe": invalid syntax'],
    [
      ['apps/v1/Deployment'],
      'invalid key apps/v1/Deployment: group/version/resource and resource is always lowercase plural, not "Deployment"',
    ],
  ])('--runtime-config %j is refused', (config, message) => {
    expect(() => served(...config)).toThrow(message)
  })
})
