import { describe, expect, it } from 'vitest'
import { entryUnderTest } from '../../testing/entry-under-test.ts'
import { compareSemanticVersions, parseSemanticVersion } from './semantic-version.ts'

describe('a Lease', () => {
  const kind = entryUnderTest('coordination.k8s.io', 'v1', 'Lease')

  it('has no fields of a gate that is off', () => {
    const spec = { holderIdentity: 'h', strategy: 'OldestEmulationVersion', preferredHolder: 'p' }
    expect(kind.made({ spec }).spec).toEqual({ holderIdentity: 'h' })
    expect(kind.updated({ spec }, { spec })[0].spec).toEqual(spec)
  })

  it.each([
    [{ leaseDurationSeconds: 0 }, ['spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0']],
    [{ leaseTransitions: -1 }, ['spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0']],
  ])('%# is refused', (spec, messages) => {
    expect(kind.errors({ spec })).toEqual(messages)
  })

  it('knows its strategies', () => {
    const old = { spec: { strategy: 'OldestEmulationVersion' } }
    expect(kind.updateErrors(old, { spec: { strategy: 'Odd' } })).toEqual([
      'spec.strategy.strategy: Unsupported value: "Odd": supported values: "OldestEmulationVersion"',
    ])
    expect(kind.updateErrors(old, { spec: { strategy: 'example.com/mine' } })).toEqual([])
  })
})

describe('a LeaseCandidate', () => {
  const kind = entryUnderTest('coordination.k8s.io', 'v1beta1', 'LeaseCandidate')
  const good = {
    leaseName: 'l',
    binaryVersion: '1.36.0',
    emulationVersion: '1.35.0',
    strategy: 'OldestEmulationVersion',
  }

  it('is served in an older version, both off by default', () => {
    const { entry } = entryUnderTest('coordination.k8s.io', 'v1alpha2', 'LeaseCandidate')
    expect(entry.hub?.entry).toBe(kind.entry)
    expect([entry.enabledByDefault, kind.entry.enabledByDefault]).toEqual([false, false])
  })

  it.each([
    [good, []],
    [{}, ['spec.leaseName: Required value', 'spec.binaryVersion: Required value', 'spec.strategy: Required value']],
    [
      { ...good, binaryVersion: '1.36' },
      [
        'spec.binaryVersion: Invalid value: "1.36": must be a valid semantic version',
        'spec.binaryVersion: Invalid value: "1.36": must be greater than or equal to `emulationVersion`',
      ],
    ],
    [
      { ...good, emulationVersion: '' },
      ["spec.emulationVersion: Required value: must be specified when `strategy` is 'OldestEmulationVersion'"],
    ],
    [
      { ...good, emulationVersion: '1.37.0' },
      ['spec.binaryVersion: Invalid value: "1.36.0": must be greater than or equal to `emulationVersion`'],
    ],
  ])('%# is told what is wrong', (spec, messages) => {
    expect(kind.errors({ spec })).toEqual(messages)
  })

  it('is named freely and stands for one lease', () => {
    expect(kind.errors({ metadata: { name: 'Host_1' }, spec: good })).toEqual([])
    expect(kind.updateErrors({ spec: good }, { spec: { ...good, leaseName: 'm' } })).toEqual([
      'spec.leaseName: Invalid value: "m": field is immutable',
    ])
    // its lease's name is indexed upstream, but no selector may name it
    expect(Object.keys(kind.entry.selectableFields({ spec: good } as never))).toEqual([
      'metadata.name',
      'metadata.namespace',
    ])
    expect(kind.cells({ spec: good })).toEqual(['a', 'l', '1.36.0', '1.35.0', '10m'])
  })
})

describe('semantic versions', () => {
  it('are in order', () => {
    const list = [
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-alpha.beta',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0',
      '1.0.1',
      '1.10.0',
    ]
    const sorted = [...list].reverse().sort((a, b) => {
      const [x, y] = [parseSemanticVersion(a), parseSemanticVersion(b)]
      return x && y ? compareSemanticVersions(x, y) : Number.NaN
    })
    expect(sorted).toEqual(list)
  })
  it.each(['', '1', '1.2', 'v1.2.3', '01.2.3', '1.2.3-', '1.2.3-01', '1.2.3-a..b', '1.2.3+'])('%j is none', text => {
    expect(parseSemanticVersion(text)).toBeUndefined()
  })
})
