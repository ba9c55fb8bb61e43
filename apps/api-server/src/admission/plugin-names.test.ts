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
})
