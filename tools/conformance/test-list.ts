import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** One conformance test, by the name that Kubernetes' list gives it. */
export interface ConformanceTest {
  /** `sig-api-machinery` */
  sig: string
  /** Relative to upstream's test/e2e. */
  file: string
  name: string
}

/** The tests of tests.md, in its order. */
export async function conformanceTests(): Promise<ConformanceTest[]> {
  return parseTests(await readFile(join(import.meta.dirname, 'tests.md'), 'utf8'))
}

/** The names of without-pods.md. One that the list does not have is an error: it would never run. */
export async function testsWithoutPods(): Promise<Set<string>> {
  const text = await readFile(join(import.meta.dirname, 'without-pods.md'), 'utf8')
  return new Set([...text.matchAll(/^- (.+)$/gm)].map(([, name]) => name as string))
}

export function parseTests(text: string): ConformanceTest[] {
  const tests: ConformanceTest[] = []
  let sig = ''
  let file = ''
  for (const line of text.split('\n')) {
    sig = /^## \[(sig-[a-z-]+)\]/.exec(line)?.[1] ?? sig
    file = /^### (\S+\.go)$/.exec(line)?.[1] ?? file
    const name = /^- (.+?)(?: \(v?\d[^)]*\))?$/.exec(line)?.[1]
    if (name !== undefined && sig !== '' && file !== '') tests.push({ sig, file, name })
  }
  return tests
}

/** Tests that this Kubernetes has under another name than the list, which was made from a later commit. */
const renamed: Readonly<Record<string, string>> = {
  'API Server should have Endpoints and EndpointSlices pointing to API Server':
    'EndpointSlice should have Endpoints and EndpointSlices pointing to API Server',
  'API Server should provide secure master service': 'Services should provide secure master service',
  'EndpointSlice should create and delete EndpointSlices for a Service with a selector that matches no pods':
    'EndpointSlice should create and delete Endpoints and EndpointSlices for a Service with a selector specified',
  'Endpoints should test the lifecycle of an Endpoint': 'Services should test the lifecycle of an Endpoint',
}

/** What a test's text in e2e.test and its name in the list have in common: tags come and go between releases. */
export function keyOf(text: string): string {
  const plain = text
    .replace(/\[[^\]]*\]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  return renamed[plain] ?? plain
}
