import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { built } from '../peers/index.ts'
import { type Difference, walk } from './compare.ts'
import { withoutChanceIn } from './normalize.ts'
import type { Answers } from './pair.ts'
import type { Json } from './plan/step.ts'
import type { Result } from './result.ts'

interface Decoded {
  object?: Json
  canonical?: boolean
  error?: string
}

/** Collects protobuf bodies with the JSON of the same thing, to be read by upstream's own types. */
export class ProtobufBodies {
  readonly #bodies = new Map<string, { kind: string; about: string; upstream: Buffer; kubets: Buffer }>()
  readonly #json = new Map<string, { upstream: Buffer; kubets: Buffer }>()

  hear = ({ kind, step, upstream, kubets }: Answers): void => {
    const key = `${kind}: ${step.verb}`
    if (step.about === 'as JSON') this.#json.set(key, { upstream: upstream.body, kubets: kubets.body })
    if (!/protobuf$/.test(step.about) || kubets.status !== 200 || !isProtobuf(kubets.headers)) return
    this.#bodies.set(`${key}: ${step.about}`, {
      kind,
      about: `${step.verb}: ${step.about}`,
      upstream: upstream.body,
      kubets: kubets.body,
    })
  }

  async results(log: (line: string) => void): Promise<Result[]> {
    if (this.#bodies.size === 0) return []
    const questions = [...this.#bodies].flatMap(([id, { upstream, kubets }]) => [
      { id: `upstream ${id}`, body: upstream },
      { id: `kubets ${id}`, body: kubets },
    ])
    const decoded = await decode(await built('decode', log), questions)
    const results: Result[] = []
    for (const [id, { kind, about }] of this.#bodies) {
      const ours = decoded.get(`kubets ${id}`)
      const theirs = decoded.get(`upstream ${id}`)
      results.push(
        compared(kind, `${about}, as upstream reads it`, theirs, ours, true),
        compared(kind, `${about}, canonical`, theirs?.canonical === true, ours?.canonical === true, false),
      )
      const json = this.#json.get(id.slice(0, id.lastIndexOf(': ')))
      if (json !== undefined && about.endsWith(': as protobuf'))
        results.push(besideJson(kind, `${about}, beside our JSON`, [json.upstream, theirs], [json.kubets, ours]))
    }
    return results
  }
}

/** What our protobuf says otherwise than our JSON, but for what upstream's does not carry either: what an embedded object is. */
export function besideJson(
  kind: string,
  about: string,
  upstream: readonly [json: Buffer, protobuf: Decoded | undefined],
  kubets: readonly [json: Buffer, protobuf: Decoded | undefined],
): Result {
  const differences = ([json, protobuf]: typeof kubets) => {
    const found: Difference[] = []
    const inProtobuf = { object: withoutListVersion(protobuf?.object), error: protobuf?.error }
    walk({ object: withoutListVersion(parsed(json)) }, inProtobuf, '', found)
    return found
  }
  const told = ({ path, upstream, kubets }: Difference) => JSON.stringify([path, upstream, kubets])
  const theirs = new Set(differences(upstream).map(told))
  return resultOf(
    kind,
    about,
    differences(kubets).filter(found => !theirs.has(told(found))),
  )
}

function compared(kind: string, about: string, upstream: unknown, kubets: unknown, normal: boolean): Result {
  const found: Difference[] = []
  const seen = (value: Json) => (normal ? withoutChanceIn({ ...value, canonical: undefined }, '') : value)
  walk(seen(upstream), seen(kubets), '', found)
  return resultOf(kind, about, found)
}

function resultOf(kind: string, about: string, found: Difference[]): Result {
  const outcome = found.length === 0 ? 'equal' : 'different'
  return { kind, verb: 'protobuf', about, outcome, ...(found.length === 0 ? {} : { differences: found }) }
}

/** Two lists were asked for, one after the other, while the server writes for itself. */
const withoutListVersion = (value: Json): Json =>
  value?.items === undefined ? value : { ...value, metadata: { ...value.metadata, resourceVersion: undefined } }

const isProtobuf = (headers: NodeJS.Dict<string | string[]>) => String(headers['content-type']).includes('protobuf')

function parsed(json: Buffer): Json {
  try {
    return JSON.parse(json.toString('utf8'))
  } catch {
    return undefined
  }
}

/** Asks the program of tools/peers/go/decode about all bodies. */
export async function decode(
  program: string,
  questions: readonly { id: string; body: Buffer }[],
): Promise<Map<string, Decoded>> {
  const child = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve)
    child.once('error', reject)
  })
  const answers = new Map<string, Decoded>()
  const reading = (async () => {
    for await (const line of createInterface({ input: child.stdout })) {
      const { id, ...rest } = JSON.parse(line) as Decoded & { id: string }
      answers.set(id, rest)
    }
  })()
  for (const { id, body } of questions) child.stdin.write(`${JSON.stringify({ id, body: body.toString('base64') })}\n`)
  child.stdin.end()
  await reading
  if ((await ended) !== 0) throw new Error('the decoding program failed')
  return answers
}
