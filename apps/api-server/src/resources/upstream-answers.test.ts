import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'

/**
 * What kube-apiserver 1.36.1 with its default feature gates answered to writes of core kinds: status, causes of a refusal and
 * warnings. Kept are the first characters of the first line of each cause.
 */
interface Recorded {
  readonly setup?: boolean
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'GET'
  readonly path: string
  readonly type?: string
  readonly body?: object
  readonly status?: number
  readonly causes?: readonly string[]
  readonly warnings?: readonly string[]
}

const kept = 180

const recorded = (name: string): Recorded[] =>
  readFileSync(new URL(`testdata/upstream-answers/${name}.jsonl`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Recorded)

async function ask({ h1 }: TestApiServer, { method, path, type = 'application/json', body, setup }: Recorded) {
  const url = setup || method === 'GET' ? path : `${path}?dryRun=All`
  const text = body === undefined ? {} : { body: JSON.stringify(body) }
  const { status, json, headers } = await h1.request(method, url, { ...text, headers: { 'content-type': type } })
  const given: { field: string; message: string }[] = json?.details?.causes ?? []
  const causes = given.map(cause => `${cause.field}: ${cause.message}`.split('\n')[0]?.slice(0, kept) ?? '')
  return { status, causes: [...new Set(causes)].sort(), warnings: warningsOf(String(headers.warning ?? '')) }
}

/** The texts of `299 - "..."` headers. */
const warningsOf = (header: string) =>
  [...header.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text.replace(/\\(.)/g, '$1'))

describe.each([
  ['new-pods', 400],
  ['changed-pods', 200],
  ['core-kinds', 250],
])('the answers recorded of upstream: %s', (name, atLeast) => {
  it('are given here too', async () => {
    // as the recorded server ran
    await using api = await testApiServer({
      admissionPlugins: {
        disable: [
          'LimitRanger',
          'RuntimeClass',
          'ResourceQuota',
          'PersistentVolumeClaimResize',
          'StorageObjectInUseProtection',
        ],
      },
    })
    await api.h1.request('POST', '/api/v1/namespaces/default/serviceaccounts', {
      body: { metadata: { name: 'default' } },
    })
    const all = recorded(name)
    expect(all.length).toBeGreaterThan(atLeast)
    for (const one of all) {
      const { status, causes, warnings } = await ask(api, one)
      const about = `${one.method} ${one.path} ${JSON.stringify(one.body)}`
      if (one.setup) expect.soft(status < 300 || status === 409, about).toBe(true)
      else expect.soft({ status, causes, warnings }, about).toEqual(pick(one))
    }
  }, 120_000)
})

const pick = ({ status, causes, warnings }: Recorded) => ({ status, causes, warnings })
