import { expect, it } from 'vitest'
import { builtinSchemas } from '../schema/schema.ts'
import { formatDuration, parseDuration } from './duration.ts'
import { openProtobuf, sealProtobuf } from './envelope.ts'
import { decodeWatchFrame, encodeWatchFrame } from './watch-event.ts'

const core = (kind: string) => builtinSchemas.get(`io.k8s.api.core.v1.${kind}`)
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

// Written by hand from the wire format: name, then generateName, namespace, selfLink, uid, resourceVersion, generation, creationTimestamp, all empty.
const metaOfA = '0a0161 1200 1a00 2200 2a00 3200 3800 4200'
const configMap = `0a11 ${metaOfA} 1206 0a0162 120163`

it('writes scalars that are no pointers even when they are empty', () => {
  const bytes = core('ConfigMap').encodeProtobuf({ metadata: { name: 'a' }, data: { b: 'c' } })
  expect(bytes.toString('hex')).toBe(hex(configMap).toString('hex'))
})

it('reads objects with and without their empty scalars', () => {
  const wanted = { metadata: { name: 'a' }, data: { b: 'c' } }
  expect(core('ConfigMap').decodeProtobuf(hex(configMap))).toEqual(wanted)
  expect(core('ConfigMap').decodeProtobuf(hex('0a03 0a0161 1206 0a0162 120163'))).toEqual(wanted)
})

it('puts lists that have a name into a message of their own', () => {
  const resource = builtinSchemas.get('io.k8s.apimachinery.pkg.apis.meta.v1.APIResource')
  const value = { name: 'a', singularName: 'b', namespaced: true, kind: 'C', verbs: ['get', 'list'] }
  const bytes = resource.encodeProtobuf(value)
  // verbs: one message of 11 bytes that holds both
  expect(bytes.toString('hex')).toContain('220b0a036765740a046c697374')
  expect(resource.decodeProtobuf(bytes)).toEqual(value)
})

it('puts an object into the envelope and takes it out', () => {
  const sealed = hex(`6b387300 0a0f 0a02 7631 1209 436f6e6669674d6170 121b ${configMap} 1a00 2200`)
  expect(sealProtobuf('v1', 'ConfigMap', hex(configMap)).toString('hex')).toBe(sealed.toString('hex'))
  const opened = openProtobuf(sealed)
  expect(opened).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' })
  expect(Buffer.from(opened.raw).toString('hex')).toBe(hex(configMap).toString('hex'))
  expect(() => openProtobuf(Buffer.from('{}'))).toThrow('expected prefix [107 56 115 0]')
  expect(() => openProtobuf(sealed.subarray(0, 30))).toThrow('unexpected EOF')
})

it('writes numbers of 64 bits exactly', () => {
  const options = builtinSchemas.get('io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions')
  const cases: [number | bigint, string][] = [
    [0, '0800'],
    [300, '08ac02'],
    [9223372036854775807n, '08ffffffffffffffff7f'],
    [-1, '08ffffffffffffffffff01'],
    [-(2n ** 63n), '0880808080808080808001'],
  ]
  for (const [gracePeriodSeconds, text] of cases) {
    expect(options.encodeProtobuf({ gracePeriodSeconds }).toString('hex')).toBe(text)
    expect(options.decodeProtobuf(hex(text))).toEqual({ gracePeriodSeconds })
  }
})

it('has the forms of times, quantities, ports, raw JSON and secrets', () => {
  const meta = builtinSchemas.get('io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry')
  expect(meta.decodeProtobuf(hex('2204 0801 1005 3a0c 0a0a 7b22663a78223a7b7d7d'))).toEqual({
    time: '1970-01-01T00:00:01Z',
    fieldsV1: { 'f:x': {} },
  })
  const lease = builtinSchemas.get('io.k8s.api.coordination.v1.LeaseSpec')
  // 1,000 µs = 1,000,000 ns = c0843d
  expect(lease.encodeProtobuf({ acquireTime: '1970-01-01T00:00:02.001000Z' }).toString('hex')).toBe('1a06080210c0843d')
  expect(lease.decodeProtobuf(hex('1a06 0802 10c0843d'))).toEqual({ acquireTime: '1970-01-01T00:00:02.001000Z' })
  const probe = core('HTTPGetAction')
  expect(probe.encodeProtobuf({ port: 'http' }).toString('hex')).toBe(
    hex('0a00 120a 0801 1000 1a04 68747470 1a00 2200').toString('hex'),
  )
  expect(probe.encodeProtobuf({ port: 80 }).toString('hex')).toBe(
    hex('0a00 1206 0800 1050 1a00 1a00 2200').toString('hex'),
  )
  const needs = core('ResourceRequirements')
  expect(needs.encodeProtobuf({ limits: { cpu: '0.1' } }).toString('hex')).toBe(
    hex('0a0d 0a03 637075 1206 0a04 3130306d').toString('hex'),
  )
  const secret = core('Secret').decodeProtobuf(hex('1209 0a0161 1204 00ff1020'))
  expect(secret).toEqual({ data: { a: 'AP8QIA==' } })
})

it('keeps embedded structs apart: the source of a volume is a message of its own', () => {
  const bytes = core('Volume').encodeProtobuf({ name: 'v', emptyDir: {} })
  expect(bytes.toString('hex')).toBe(hex('0a0176 1204 1202 0a00').toString('hex'))
  expect(core('Volume').decodeProtobuf(bytes)).toEqual({ name: 'v', emptyDir: {} })
})

it('wraps a list inside a map', () => {
  const user = builtinSchemas.get('io.k8s.api.authentication.v1.UserInfo')
  const bytes = user.encodeProtobuf({ username: 'u', extra: { k: ['x', 'y'] } })
  expect(bytes.toString('hex')).toBe(hex('0a0175 1200 220b 0a016b 1206 0a0178 0a0179').toString('hex'))
  expect(user.decodeProtobuf(bytes)).toEqual({ username: 'u', extra: { k: ['x', 'y'] } })
})

it('passes over unknown fields of every wire type', () => {
  const unknown = 'f80101 f9010102030405060708 fa0102ffff fb01 0801 fc01 fd0101020304'
  expect(core('ConfigMap').decodeProtobuf(hex(`${unknown} ${configMap} ${unknown}`)).data).toEqual({ b: 'c' })
})

it('names the field whose wire type is wrong', () => {
  expect(() => core('ConfigMap').decodeProtobuf(hex('0801'))).toThrow('proto: wrong wireType = 0 for field metadata')
})

it('refuses lengths beyond the message, varints without end, and dates without a year', () => {
  expect(() => core('ConfigMap').decodeProtobuf(hex('0affffffff0f'))).toThrow('unexpected EOF')
  expect(() => core('ConfigMap').decodeProtobuf(hex('0a03 0a7f61'))).toThrow('unexpected EOF')
  expect(() => core('ConfigMap').decodeProtobuf(hex('ffffffffffffffffffffffff'))).toThrow('proto: integer overflow')
  expect(() => core('ConfigMap').decodeProtobuf(hex('00'))).toThrow('illegal tag')
  expect(() => core('ConfigMap').decodeProtobuf(hex('0a0c 420a 08ffffffffffffffff7f'))).toThrow('year outside of range')
})

it('says what only the check can judge', () => {
  const cases: [what: string, kind: string, bytes: string, sound: boolean][] = [
    ['a quantity', 'ResourceRequirements', '0a0d 0a03 637075 1206 0a04 3130306d', true],
    ['none in its place', 'ResourceRequirements', '0a0a 0a03 637075 1203 0a01 78', false],
    ['no value behind the key', 'ResourceRequirements', '0a05 0a03 637075', true],
    ['an empty ConfigMap', 'ConfigMap', '', true],
  ]
  for (const [what, kind, bytes, sound] of cases) {
    const { value, sound: said } = core(kind).readProtobuf(hex(bytes), {})
    expect(said, what).toBe(sound)
    expect(core(kind).check(value).error === undefined, what).toBe(sound)
  }
  // raw JSON may be null, which means "not set"
  const revision = builtinSchemas.get('io.k8s.api.apps.v1.ControllerRevision')
  const { value, sound } = revision.readProtobuf(hex('1206 0a04 6e756c6c'), {})
  expect([value.data, sound, revision.check(value).nulls]).toEqual([null, false, true])
})

it('adds members to what it is given', () => {
  const into = { kind: 'ConfigMap' }
  expect(core('ConfigMap').readProtobuf(hex(configMap), into).value).toBe(into)
  expect(into).toEqual({ kind: 'ConfigMap', metadata: { name: 'a' }, data: { b: 'c' } })
})

it('grows as it writes: long texts, many items, many members', () => {
  const values = [
    { data: { a: 'x'.repeat(100_000), b: 'é'.repeat(100_000), c: '€' } },
    { data: Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`key-${i}`, `${i}`])) },
    { metadata: { finalizers: Array.from({ length: 50_000 }, (_, i) => `f${i % 7}`) } },
  ]
  for (const value of values) {
    const bytes = core('ConfigMap').encodeProtobuf(value)
    expect(core('ConfigMap').decodeProtobuf(bytes)).toEqual({ metadata: {}, ...value })
    const sealed = core('ConfigMap').sealProtobuf(value, 'v1', 'ConfigMap')
    expect(Buffer.from(openProtobuf(sealed).raw).equals(bytes)).toBe(true)
  }
  // numbers and empty messages only, which ask for no room by themselves
  const pod = { spec: { securityContext: { supplementalGroups: Array.from({ length: 30_000 }, (_, i) => i) } } }
  expect(core('Pod').decodeProtobuf(core('Pod').encodeProtobuf(pod))).toMatchObject(pod)
  const containers = { spec: { containers: Array.from({ length: 2_000 }, () => ({})) } }
  const { spec } = core('Pod').decodeProtobuf(core('Pod').encodeProtobuf(containers)) as {
    spec: { containers: object[] }
  }
  expect(spec.containers.length).toBe(2_000)
})

it('writes texts that are not ASCII, short and long', () => {
  for (const length of [1, 5, 23, 24, 25, 47, 200])
    for (const text of [
      'é'.repeat(length),
      `${'a'.repeat(length - 1)}€`,
      `\u{1f600}${'b'.repeat(length)}`,
      'a'.repeat(length),
    ]) {
      const bytes = core('ConfigMap').encodeProtobuf({ data: { a: text } })
      expect(bytes.includes(Buffer.from(text)), text).toBe(true)
      expect(core('ConfigMap').decodeProtobuf(bytes).data).toEqual({ a: text })
    }
})

it('reads U+FFFD in the place of bytes that are no UTF-8', () => {
  for (let round = 0; round < 2; round++)
    for (const [bytes, text] of [
      ['ff', '\ufffd'],
      ['6180', 'a\ufffd'],
      ['c3a9', 'é'],
      ['c3', '\ufffd'],
      ['efbfbd', '\ufffd'],
    ] as const)
      expect(
        core('ConfigMap').decodeProtobuf(
          hex(`12 0${(bytes.length / 2 + 5).toString(16)} 0a0162 120${bytes.length / 2} ${bytes}`),
        ).data,
      ).toEqual({ b: text })
})

it('frames watch events and takes them apart where they are cut', () => {
  const object = sealProtobuf('v1', 'ConfigMap', hex(configMap))
  const frame = encodeWatchFrame('ADDED', object)
  expect(frame.readUInt32BE(0)).toBe(frame.length - 4)
  // type, then RawExtension with the 56 bytes of the object
  expect(frame.subarray(4, 15).toString('hex')).toBe(
    hex(`0a05 4144444544 12${(object.length + 2).toString(16)} 0a${object.length.toString(16)}`).toString('hex'),
  )
  const two = Buffer.concat([frame, frame])
  for (let cut = 0; cut < frame.length; cut++) expect(decodeWatchFrame(two.subarray(0, cut))).toBeUndefined()
  const first = decodeWatchFrame(two)
  expect(first?.type).toBe('ADDED')
  expect(Buffer.from(first?.object ?? []).equals(object)).toBe(true)
  expect(first?.rest.length).toBe(frame.length)
})

it('keeps a map key named __proto__', () => {
  const data = Object.fromEntries([['__proto__', 'x']])
  const back = core('ConfigMap').decodeProtobuf(core('ConfigMap').encodeProtobuf({ data }))
  expect(Object.entries(back.data as object)).toEqual([['__proto__', 'x']])
})

it('reads and prints durations as Go does', () => {
  for (const text of [
    '0s',
    '1ns',
    '1.5µs',
    '250ms',
    '1.5s',
    '1m0s',
    '1h0m0s',
    '-2h45m0.5s',
    '2562047h47m16.854775807s',
  ])
    expect(formatDuration(parseDuration(text))).toBe(text)
  expect(() => parseDuration('1 day')).toThrow('time: invalid duration "1 day"')
})

it('tells texts apart whose bytes look alike', () => {
  // each after all others, so that what was read before could be taken for it
  const texts = ['é', 'Ã©', 'e', 'E', '', 'web', 'wed', '€', 'â\u0082¬', 'x'.repeat(32), 'x'.repeat(33), '\u0000']
  const many = Array.from({ length: 3_000 }, (_, i) => `text-${i}`)
  for (let round = 0; round < 3; round++)
    for (const b of [...texts, ...many]) {
      const value = { metadata: { name: 'a' }, data: { b } }
      expect(core('ConfigMap').decodeProtobuf(core('ConfigMap').encodeProtobuf(value))).toEqual(value)
    }
})
