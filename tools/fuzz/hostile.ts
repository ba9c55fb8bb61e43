import type { Random } from './random.ts'

// Values and texts that have broken servers before.

/** As JSON text, since some of them no JavaScript value can be: numbers past 64 bits, keys that are twice there. */
export const hostileJson: readonly string[] = [
  'null',
  'true',
  '""',
  '0',
  '-0',
  '-1',
  '1e400',
  '1E+2',
  '0.1',
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775808',
  '-9223372036854775809',
  '9007199254740993',
  '4294967296',
  '[]',
  '{}',
  '[null]',
  '[[]]',
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"toString":"x","valueOf":"y","hasOwnProperty":"z"}',
  '{"10":"a","9":"b","length":"c"}',
  '{"a":1,"a":2}',
  '"\\u0000"',
  '"\\ud800"',
  '"\\udfff\\ud800"',
  '"\u202e\u0000\uffff"',
  '"../../../etc/passwd"',
  '"%00%2f%2e%2e"',
  '"$(reboot)"',
  `"${'x'.repeat(300)}"`,
  `"${'é'.repeat(5000)}"`,
  `"${'a/'.repeat(2000)}"`,
  '"1Gi"',
  '"-1Gi"',
  '"1e1000000000Ki"',
  '"99999999999999999999999999999999"',
  '"2026-13-45T99:99:99Z"',
  '"0001-01-01T00:00:00Z"',
  '"9999999999999h"',
  '"^(a+)+$"',
]

export const hostileKeys: readonly string[] = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '10',
  '',
  ' ',
  'a b',
  'a/b/c',
  '-',
  '.',
  'kind',
  'metadata',
  '$patch',
  '$retainKeys',
  '$setElementOrder/containers',
  '$deleteFromPrimitiveList/finalizers',
  'f:metadata',
  'x'.repeat(400),
  'ключ',
  '\u0000',
]

const selectors: readonly string[] = [
  'a=b',
  'a',
  '!a',
  'a in (b,c)',
  'a notin ()',
  'a in (',
  'a==b==c',
  'a>1',
  'a<x',
  ',,,',
  '=',
  '!',
  '()',
  '__proto__=x',
  'metadata.name=x',
  'metadata.namespace!=default',
  'status.phase=Running,spec.nodeName=',
  'metadata.name=\\',
  'a\\,b=c',
  `${'a,'.repeat(3000)}a`,
  `a in (${'x,'.repeat(3000)}x)`,
  '('.repeat(2000),
  '\u0000=\u0000',
]

const tokens: readonly string[] = [
  '',
  'x',
  '====',
  Buffer.from('{}').toString('base64url'),
  Buffer.from('null').toString('base64url'),
  Buffer.from('[]').toString('base64url'),
  Buffer.from('{"v":"meta.k8s.io/v1","rv":1,"start":"../../x"}').toString('base64url'),
  Buffer.from('{"v":"meta.k8s.io/v1","rv":-1,"start":""}').toString('base64url'),
  Buffer.from('{"v":"meta.k8s.io/v1","rv":99999999999999999999,"start":"a\\u0000"}').toString('base64url'),
  Buffer.from('{"v":"meta.k8s.io/v9","rv":1,"start":"a"}').toString('base64url'),
  Buffer.from(`{"v":"meta.k8s.io/v1","rv":1,"start":"${'a'.repeat(5000)}"}`).toString('base64url'),
]

const numbers: readonly string[] = [
  '0',
  '1',
  '-1',
  '1.5',
  'x',
  '',
  '9223372036854775807',
  '9223372036854775808',
  '1e3',
  '0x10',
  '٣',
  ' 1',
]
const words: readonly string[] = [
  'true',
  'false',
  '1',
  'maybe',
  '',
  'All',
  'Strict',
  'Exact',
  'NotOlderThan',
  'Background',
  '\u0000',
  '__proto__',
]

/** A query string: known parameters with what they should not be. */
export function hostileQuery(random: Random): string {
  const parameters: string[] = []
  for (let i = random.below(4); i >= 0; i--) {
    const [name, values] = random.pick([
      ['labelSelector', selectors],
      ['fieldSelector', selectors],
      ['continue', tokens],
      ['limit', numbers],
      ['resourceVersion', numbers],
      ['timeoutSeconds', ['1', '-1', 'x', '']],
      ['gracePeriodSeconds', numbers],
      ['resourceVersionMatch', words],
      ['propagationPolicy', words],
      ['dryRun', words],
      ['fieldValidation', words],
      ['fieldManager', [...words, 'm'.repeat(200), 'a\nb']],
      ['force', words],
      ['pretty', words],
      ['sendInitialEvents', words],
      ['allowWatchBookmarks', words],
      ['__proto__', words],
    ] as const)
    const value = random.pick(values)
    parameters.push(`${name}=${random.chance(0.9) ? encodeURIComponent(value) : value.replace(/[^!-~]/g, '%')}`)
  }
  return parameters.join(random.chance(0.95) ? '&' : ';')
}

const pathParts: readonly string[] = [
  '%2e%2e',
  '..',
  '%2f',
  '%00',
  '%',
  '%ff%fe',
  '%zz',
  '__proto__',
  'constructor',
  'a'.repeat(3000),
  '%F0%9F%9A%80',
  '',
  '.',
  'status',
  'scale',
  'log',
  'proxy',
  '*',
  '~',
  ';x=y',
]

/** A path with one of its parts replaced, doubled, left out, or one added. */
export function hostilePath(random: Random, path: string): string {
  const parts = path.split('/')
  const at = 1 + random.below(parts.length - 1)
  switch (random.below(4)) {
    case 0:
      parts[at] = random.pick(pathParts)
      break
    case 1:
      parts.splice(at, 0, random.pick(pathParts))
      break
    case 2:
      parts.splice(at, 1)
      break
    default:
      parts.push(random.pick(pathParts))
  }
  const made = parts.join('/')
  return made.startsWith('/') ? made : `/${made}`
}
