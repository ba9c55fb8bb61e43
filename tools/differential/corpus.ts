import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Json } from './plan/step.ts'
import type { Resource } from './resources.ts'

/** What is known of one kind beyond discovery. Files are named `<group>.<version>.<resource>.yaml`, `core` for the group without a name. */
export interface CorpusFile {
  /** Objects that must stand first, with apiVersion and kind. */
  needs?: Json[]
  /** A valid object with as many fields as can stand together. Variants are made of it. */
  base?: Json
  /** Seconds until upstream's own controllers have written what they write to a new object: updates would conflict before. */
  settles?: number
  /** Other valid objects. */
  more?: { about: string; body: Json }[]
  /** Bodies that are refused: a merge patch over the base, or a whole body. */
  invalid?: { about: string; patch?: Json; body?: Json }[]
  /** Changes of the base, as merge patches, allowed or refused. */
  updates?: { about: string; patch: Json }[]
  /** Changes through `status`, as merge patches. */
  status?: { about: string; patch: Json }[]
  /** More requests while the base stands. A path that begins with `.` is the object's, `..` the collection's. */
  requests?: {
    about: string
    verb?: string
    method: string
    path: string
    headers?: Record<string, string>
    body?: Json
  }[]
}

const folder = join(import.meta.dirname, 'corpus')

export type Corpus = ReadonlyMap<string, CorpusFile>

export async function readCorpus(): Promise<Corpus> {
  const files = (await readdir(folder)).filter(file => file.endsWith('.yaml'))
  const entries = await Promise.all(
    files.map(async file => {
      const content = parse(await readFile(join(folder, file), 'utf8')) as CorpusFile
      return [file.slice(0, -'.yaml'.length), content] as const
    }),
  )
  return new Map(entries)
}

/** The name of a kind's file. */
export const corpusNameOf = ({ group, version, name }: Resource) =>
  `${group === '' ? 'core' : group}.${version}.${name}`

/** A kind's file, or that of its v1: most versions have the same form. */
export const fileOf = (corpus: Corpus, resource: Resource) =>
  corpus.get(corpusNameOf(resource)) ?? corpus.get(corpusNameOf({ ...resource, version: 'v1' }))
