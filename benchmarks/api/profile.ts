import { inspect } from './inspector.ts'

interface ProfileNode {
  id: number
  callFrame: { functionName: string; url: string }
  children?: number[]
}

interface CpuProfile {
  nodes: ProfileNode[]
  samples: number[]
  timeDeltas: number[]
}

/** Where a request's time goes, by the function that runs and its file; the first that fits. */
const steps: readonly (readonly [step: string, pattern: RegExp])[] = [
  [
    'managed fields',
    /apimachinery\/src\/(apply|managed)|managed-fields|managed-kind|split-managers|apply-body|type-views/,
  ],
  [
    'decode and check the body',
    /decode-body|decode-json|parse-exactly|scan-json|check-fields|check-kind|compile-checker|^check .*schema\/schema|protobuf|read-body/,
  ],
  ['encode', /compile-encoder|scalars|canonical|quote\.ts|codec|splice|encode-pool|^encode .*schema\/schema/],
  ['defaults', /defaults\.ts/],
  ['warnings', /warnings\.ts|overlapping-paths/],
  ['validate', /kinds\/|apimachinery\/src\/(validation|quantity|status)/],
  ['admission', /admission/],
  ['patch', /patch|own-property|merge/],
  ['store', /storage\/src\/(embedded|etcd|encryption|stored-form)|lmdb|msgpackr/],
  ['watch cache and watchers', /storage\/src\/watch-cache|watch|follow-cache|node-graph/],
  ['list', /list-writer|chunked-body|list\.ts/],
  ['resources', /api-server\/src\/(resources|services)/],
  ['chain', /api-server\/src\/(handlers|metrics|authorization|authentication)/],
  ['HTTP and TLS', /api-server\/src\/front|node:/],
]

/** Share of each step in the busy time of a profile, largest first. */
export function shares({ nodes, samples, timeDeltas }: CpuProfile): [step: string, share: number][] {
  const stepOf = stepsOf(nodes)
  const times = new Map<string, number>()
  let busy = 0
  for (const [i, id] of samples.entries()) {
    const step = stepOf.get(id) ?? 'other'
    if (step === 'idle') continue
    const time = timeDeltas[i] ?? 0
    busy += time
    times.set(step, (times.get(step) ?? 0) + time)
  }
  return [...times].map(([step, time]) => [step, time / busy] as [string, number]).sort((a, b) => b[1] - a[1])
}

/** Builtins and code that was generated have no file: they work for whoever called them. */
function stepsOf(nodes: readonly ProfileNode[]): Map<number, string> {
  const stepOf = new Map<number, string>()
  const callers = new Map<number, number>()
  for (const { id, children } of nodes) for (const child of children ?? []) callers.set(child, id)
  const byId = new Map(nodes.map(node => [node.id, node]))
  const find = (node: ProfileNode): string => {
    const known = stepOf.get(node.id)
    if (known !== undefined) return known
    const caller = byId.get(callers.get(node.id) ?? 0)
    const step = nameOf(node) ?? (caller === undefined ? 'other' : find(caller))
    stepOf.set(node.id, step)
    return step
  }
  for (const node of nodes) find(node)
  return stepOf
}

function nameOf({ callFrame: { functionName, url } }: ProfileNode): string | undefined {
  if (functionName === '(idle)') return 'idle'
  if (functionName === '(garbage collector)') return 'garbage collection'
  // system calls, TLS and what else is not JavaScript
  if (functionName === '(program)') return 'native code and system calls'
  if (url === '') return undefined
  return steps.find(([, pattern]) => pattern.test(`${functionName} ${url}`))?.[0] ?? 'other'
}

/** Profiles a server through its inspector while `work` runs. */
export async function profiled<T>(
  inspector: string,
  work: () => Promise<T>,
): Promise<{ value: T; profile: CpuProfile }> {
  using server = await inspect(inspector)
  await server.call('Profiler.enable')
  await server.call('Profiler.setSamplingInterval', { interval: 200 })
  await server.call('Profiler.start')
  const value = await work()
  const { profile } = (await server.call('Profiler.stop')) as { profile: CpuProfile }
  return { value, profile }
}
