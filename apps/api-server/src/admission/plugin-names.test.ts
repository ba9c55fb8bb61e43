import { describe, expect, it } from 'vitest'
import { choosePlugins, offByDefault, onByDefault } from './plugin-names.ts'
import { orderedPlugins } from './plugins/index.ts'

describe('the choice of plugins', () => {
  const choose = (enable: string[], disable: string[] = []) => {
    const said: string[] = []
    return { chosen: [...choosePlugins({ enable, disable }, message => said.push(message))], said }
  }

  it('adds to those that are on by default, and takes away', () => {
    expect(choose([]).chosen).toEqual([...onByDefault])
    expect(choose(['NamespaceExists']).chosen).toEqual([...onByDefault, 'NamespaceExists'])
    expect(choose(['LimitRanger'], ['ServiceAccount'])).toEqual({
      chosen: onByDefault.filter(name => name !== 'ServiceAccount'),
      said: [],
    })
  })

  it('accepts what upstream has, or had, and says that it does nothing', () => {
    const { chosen, said } = choose(['Initializers', 'PersistentVolumeLabel', 'MutatingAdmissionWebhook'])
    expect(chosen).toEqual([...onByDefault])
    expect(said).toEqual([
      expect.stringContaining('Initializers is no longer a plugin'),
      expect.stringContaining('PersistentVolumeLabel is no longer a plugin'),
      expect.stringContaining('MutatingAdmissionWebhook is not there yet'),
    ])
  })

  it('accepts quietly what does nothing while its feature gate is off', () => {
    const gated = ['PodGroupProtection', 'PodGroupWorkloadExists', 'JobValidation']
    expect(choose(gated)).toEqual({ chosen: [...onByDefault], said: [] })
  })

  it.each([
    [['Nonsense'], [], 'enable-admission-plugins plugin "Nonsense" is unknown'],
    [[], ['Nonsense'], 'disable-admission-plugins plugin "Nonsense" is unknown'],
    [['Priority'], ['Priority'], 'Priority in enable-admission-plugins and disable-admission-plugins overlapped'],
  ])('refuses %j beside %j', (enable, disable, message) => {
    expect(() => choose(enable, disable)).toThrow(message)
  })

  it('knows every plugin that there is, in the order in which they are asked', () => {
    const names = orderedPlugins({ cache: {}, store: {} } as never).map(({ name }) => name)
    const isOn = (name: string) => onByDefault.includes(name)
    expect(names.filter(isOn)).toEqual(onByDefault)
    expect(names.filter(name => !isOn(name))).toEqual(offByDefault)
  })

  it("is upstream's v1.36, in its order: what is missing has an issue of its own, or a feature gate that is off", () => {
    const absent = [...elsewhere, ...gatedOff]
    const ordered = upstream.map(([name]) => name).filter(name => !absent.includes(name))
    expect(orderedPlugins({ cache: {}, store: {} } as never).map(({ name }) => name)).toEqual(ordered)
    const on = upstream.flatMap(([name, on]) => (on === 'on' && !absent.includes(name) ? [name] : []))
    expect(onByDefault).toEqual(on)
  })
})

/** The webhooks and policies of API machinery, which stand before ResourceQuota. */
const elsewhere = [
  'MutatingAdmissionPolicy',
  'MutatingAdmissionWebhook',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionWebhook',
]
const gatedOff = ['PodGroupProtection', 'PodGroupWorkloadExists', 'JobValidation']

/** In the order in which kube-apiserver 1.36 asks, with those that it asks unless told otherwise. */
const upstream: readonly (readonly [name: string, byDefault: 'on' | 'off'])[] = [
  ['AlwaysAdmit', 'off'],
  ['NamespaceAutoProvision', 'off'],
  ['NamespaceLifecycle', 'on'],
  ['NamespaceExists', 'off'],
  ['LimitPodHardAntiAffinityTopology', 'off'],
  ['LimitRanger', 'on'],
  ['ServiceAccount', 'on'],
  ['NodeRestriction', 'off'],
  ['TaintNodesByCondition', 'on'],
  ['AlwaysPullImages', 'off'],
  ['ImagePolicyWebhook', 'off'],
  ['PodSecurity', 'on'],
  ['PodNodeSelector', 'off'],
  ['Priority', 'on'],
  ['DefaultTolerationSeconds', 'on'],
  ['PodTolerationRestriction', 'off'],
  ['EventRateLimit', 'off'],
  ['ExtendedResourceToleration', 'off'],
  ['DefaultStorageClass', 'on'],
  ['StorageObjectInUseProtection', 'on'],
  ['PodGroupProtection', 'on'],
  ['OwnerReferencesPermissionEnforcement', 'off'],
  ['PersistentVolumeClaimResize', 'on'],
  ['RuntimeClass', 'on'],
  ['CertificateApproval', 'on'],
  ['CertificateSigning', 'on'],
  ['ClusterTrustBundleAttest', 'on'],
  ['CertificateSubjectRestriction', 'on'],
  ['DefaultIngressClass', 'on'],
  ['DenyServiceExternalIPs', 'off'],
  ['PodTopologyLabels', 'on'],
  ['PodGroupWorkloadExists', 'on'],
  ['NodeDeclaredFeatureValidator', 'on'],
  ['JobValidation', 'on'],
  ['PodResizeValidator', 'on'],
  ['MutatingAdmissionPolicy', 'on'],
  ['MutatingAdmissionWebhook', 'on'],
  ['ValidatingAdmissionPolicy', 'on'],
  ['ValidatingAdmissionWebhook', 'on'],
  ['ResourceQuota', 'on'],
  ['AlwaysDeny', 'off'],
]
