import { parentPort } from 'node:worker_threads'
import { builtinCatalogue, type KubeObject } from '@kubets/api-types'
import { decodeJson } from '@kubets/apimachinery'
import type { Question, Reply } from './contract.ts'
import { verdictOf } from './verdict.ts'

// The thread that validates what takes long. It has nothing but the catalogue.
const port = parentPort
if (port === null) throw new Error('this is a thread of the api-server')
port.on('message', async (question: Question) => port.postMessage(await answer(question)))

async function answer({ id, group, version, kind, object, old, context }: Question): Promise<Reply> {
  try {
    const strategy = builtinCatalogue.byKind(group, version, kind)?.strategy
    if (strategy === undefined) throw new Error(`no ${kind} in ${group}/${version}`)
    const read = (text: string) => decodeJson(Buffer.from(text)).value as KubeObject
    const sent = read(object)
    await strategy.ready?.(sent)
    return { id, verdict: verdictOf(strategy, sent, old === undefined ? undefined : read(old), context) }
  } catch (error) {
    return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
