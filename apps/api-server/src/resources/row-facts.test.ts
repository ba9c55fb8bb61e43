import { builtinCatalogue, builtinSchemas, type KubeObject, type ResourceEntry } from '@kubets/api-types'
import { ObjectGenerator } from '@kubets/api-types/testing'
import { encodeJson } from '@kubets/apimachinery'
import type { Entry, Stretch } from '@kubets/storage'
import { describe, expect, it } from 'vitest'
import { ChunkedBody, ChunkPool } from './chunked-body.ts'
import { createCodec } from './codec.ts'
import { SegmentsUnderWay } from './gzip-segments.ts'
import { keptRows, writeKeptRows } from './kept-rows.ts'
import { ListTurns } from './list-turns.ts'
import type { Rest } from './rest.ts'
import { AgedText, writeRow } from './row-facts.ts'
import { spliceAt } from './splice.ts'
import { type IncludeObject, tableRow } from './table.ts'
import { hubObject } from './version-form.ts'

const codec = createCodec(builtinSchemas)
const rest = { codec, schemas: builtinSchemas, turns: new ListTurns(), segments: new SegmentsUnderWay() } as Rest
const created = Date.parse('2026-11-25T10:00:00Z')
const times = [0, 7_000, 130_000, 4_000_000, 90_000_000, 900_000_000].map(after => created + after)
const entries = builtinCatalogue.entries.filter(entry => entry.stored)

function stored(bytes: Uint8Array): Entry {
  const forms = new Map<string, Uint8Array>()
  const entry: Entry = {
    key: '/registry/x/a/b',
    createRevision: 3,
    modRevision: 7,
    bytes,
    memory: bytes,
    start: 0,
    size: bytes.length,
    labels: {},
    fields: {},
    spliceAt: spliceAt(bytes),
    form(name, make) {
      const made = forms.get(name) ?? make(entry)
      forms.set(name, made)
      return made
    },
  }
  return entry
}

function collect() {
  let text = ''
  const writer = {
    write(chunk: Uint8Array | string) {
      text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
      return true
    },
    drained: async () => undefined,
    buffered: 0,
    closed: false,
    end: () => undefined,
  }
  const body = new ChunkedBody(writer, new ChunkPool())
  return {
    body,
    async text() {
      await body.end()
      return text
    },
  }
}

async function written(entry: ResourceEntry, one: Entry, include: IncludeObject, now: number) {
  const { body, text } = collect()
  const done = writeRow(rest, new AgedText(body, now), entry, 'v1', one, include, now)
  const row = await text()
  return done ? row : undefined
}

/** What is kept of neighbours at one time, as it is written at another. */
async function writtenTogether(entry: ResourceEntry, all: Entry[], include: IncludeObject, then: number, now: number) {
  const stretch: Stretch = {
    entries: all,
    identity: {},
    first: () => stretch,
    form: () => undefined,
    keep: (_, made) => made,
  }
  const rows = await keptRows(rest, entry, 'v1', include, then)(stretch)
  if (rows.length === 0) return undefined
  const { body, text } = collect()
  await writeKeptRows(rest, body, rows, now)
  return text()
}

const parsedRow = (entry: ResourceEntry, one: Entry, include: IncludeObject, now: number) =>
  JSON.parse(encodeJson(tableRow(codec, entry, 'v1', hubObject(rest, entry, one.bytes, one.modRevision), include, now)))

describe.each(entries.map(entry => [`${entry.group}/${entry.version} ${entry.kind}`, entry] as const))(
  '%s',
  (_, entry) => {
    it('has rows that are kept together at one time and right at any other', async () => {
      const all = [1, 2, 3].map(seed => {
        const object = new ObjectGenerator(builtinSchemas.message, seed).object(entry.schema) as KubeObject
        object.metadata = { ...object.metadata, uid: `u-${seed}`, creationTimestamp: `2026-11-25T1${seed}:00:00Z` }
        codec.applyDefaults(entry, object)
        return stored(codec.encode(entry, object))
      })
      for (const include of ['None', 'Metadata'] as const) {
        const alone = await Promise.all(all.map(one => written(entry, one, include, times[0] as number)))
        for (const now of times) {
          const text = await writtenTogether(entry, all, include, times[0] as number, now)
          if (alone.includes(undefined)) expect(text).toBeUndefined()
          else expect(JSON.parse(`[${text}]`)).toEqual(all.map(one => parsedRow(entry, one, include, now)))
        }
      }
    })

    it('has rows from its facts that are those of the parsed object, at any time', async () => {
      for (let seed = 1; seed <= 5; seed++) {
        const object = new ObjectGenerator(builtinSchemas.message, seed).object(entry.schema) as KubeObject
        object.metadata = { ...object.metadata, uid: `u-${seed}`, creationTimestamp: '2026-11-25T10:00:00Z' }
        codec.applyDefaults(entry, object)
        const one = stored(codec.encode(entry, object))
        for (const now of times)
          for (const include of ['None', 'Metadata'] as const) {
            const text = await written(entry, one, include, now)
            if (entry.annotationOfBody !== undefined && include === 'Metadata') {
              // an annotation is left out: the row is made of the parsed object
              expect(text).toBeUndefined()
              continue
            }
            expect(text).toBeDefined()
            expect(JSON.parse(text ?? '')).toEqual(parsedRow(entry, one, include, now))
          }
      }
    })
  },
)

const configMaps = builtinCatalogue.byResource('', 'v1', 'configmaps') as ResourceEntry
const named = (name: string) =>
  codec.encode(configMaps, {
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: { name, uid: 'u', creationTimestamp: '2026-11-25T10:00:00Z' },
  })

it('is made of the parsed object when a cell holds our own marks', async () => {
  expect(await written(configMaps, stored(named('a\u{E000}0\u{E001}')), 'None', created)).toBeUndefined()
})

it('is made of the parsed object when the bytes are in another order', async () => {
  const one = stored(Buffer.from('{"metadata":{"name":"a","uid":"u"},"kind":"ConfigMap","apiVersion":"v1"}'))
  expect(await written(configMaps, one, 'Metadata', created)).toBeUndefined()
  expect(await written(configMaps, one, 'None', created)).toBe('{"cells":["a",0,"<unknown>"],"object":null}')
})

it('with whole objects is made of the parsed object', async () => {
  expect(await written(configMaps, stored(named('a')), 'Object', created)).toBeUndefined()
})
