import { describe, expect, it } from 'vitest'
import { internalForm } from './internal-form.ts'
import { unifiedDiff } from './unified-diff.ts'

const lines = (...text: string[]) => `${text.join('\n')}\n`
const list = (length: number, change: (index: number) => unknown = index => index) =>
  Array.from({ length }, (_, index) => change(index))

describe('a unified diff', () => {
  it('of equal values is empty', () => {
    expect(unifiedDiff({ a: 1 }, { a: 1 })).toBe('')
  })

  it('shows a change with three lines around it', () => {
    const expected = lines('@@ -3,7 +3,7 @@', ' 1,', ' 2,', ' 3,', '-4,', '+"<",', ' 5,', ' 6,', ' 7,').replaceAll(
      /^([ +-])(?=[\d"])/gm,
      '$1 ',
    )
    expect(
      unifiedDiff(
        list(9),
        list(9, index => (index === 4 ? '<' : index)),
      ),
    ).toBe(expected.replace('<', '\\u003c'))
  })

  it('joins changes that are near each other, and parts those that are not', () => {
    const changed = (...at: number[]) =>
      unifiedDiff(
        list(30),
        list(30, index => (at.includes(index) ? -1 : index)),
      )
    expect(changed(5, 11).match(/@@ .* @@/g)).toEqual(['@@ -4,13 +4,13 @@'])
    expect(changed(5, 20).match(/@@ .* @@/g)).toEqual(['@@ -4,7 +4,7 @@', '@@ -19,7 +19,7 @@'])
  })

  it('counts an added member in the second text only', () => {
    expect(unifiedDiff({ a: null }, { a: { b: [] } })).toBe(
      lines('@@ -1,3 +1,5 @@', ' {', '- "a": null', '+ "a": {', '+  "b": []', '+ }', ' }'),
    )
  })

  // comparing each line with each would take minutes
  it('of huge texts is one change between what is equal', () => {
    const [old, now] = [list(50_000), list(50_000, index => (index % 2 === 0 ? index : -index))]
    expect(unifiedDiff(old, now).split('\n').length).toBeGreaterThan(99_000)
  })
})

describe('the internal form of a pod', () => {
  const form = internalForm('io.k8s.api.core.v1.PodSpec', {
    hostNetwork: true,
    serviceAccount: 'a',
    serviceAccountName: 'a',
    containers: [{ name: 'c', tty: true, livenessProbe: { grpc: { port: 1 } } }],
    volumes: [{ name: 'v', rbd: { monitors: ['m'], image: 'i' } }],
  }) as Record<string, unknown>

  it('has what it shares with its host in the security context', () => {
    expect(Object.keys(form)).toEqual(expect.not.arrayContaining(['HostNetwork', 'HostUsers', 'ServiceAccount']))
    expect(Object.keys(form.SecurityContext as object).slice(0, 6)).toEqual([
      'HostNetwork',
      'HostPID',
      'HostIPC',
      'ShareProcessNamespace',
      'HostUsers',
      'SELinuxOptions',
    ])
  })

  it("has upstream's names and order", () => {
    expect(form.Containers).toMatchObject([{ TTY: true, LivenessProbe: { GRPC: { Port: 1 } } }])
    expect(form.Volumes).toMatchObject([{ RBD: { CephMonitors: ['m'], RBDImage: 'i', RBDPool: '' } }])
    const after = (name: string) => Object.keys(form)[Object.keys(form).indexOf(name) + 1]
    expect(['Subdomain', 'Priority', 'RuntimeClassName', 'NodeName'].map(after)).toEqual([
      'SetHostnameAsFQDN',
      'PreemptionPolicy',
      'Overhead',
      'SecurityContext',
    ])
  })
})
