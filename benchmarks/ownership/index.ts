import { builtinSchemas } from '@kubets/api-types'
import { type ManagedFieldsEntry, type ManagedKind, trackUpdate } from '@kubets/apimachinery'
import { type Benchmark, type Figure, median } from '../benchmark.ts'
import { type TypicalPod, typicalPod, withStatus } from './pod.ts'

const rounds = 5
const writes = 10_000
const pods = 200

const schema = builtinSchemas.get('io.k8s.api.core.v1.Pod')
/** The endpoint of a pod's status: the spec is not looked at. */
const kind = (...ignored: string[]): ManagedKind => ({
  view: () => schema.type,
  convert: object => object,
  filter: set => set,
  ignored: new Set(ignored),
  filtersNothingElse: true,
})
const common = { apiVersion: 'v1', sentManaged: undefined, now: '2026-01-01T00:00:00Z' }

function created(pod: TypicalPod): ManagedFieldsEntry[] | undefined {
  const by = { manager: 'kube-controller-manager', subresource: '', liveManaged: undefined }
  return trackUpdate({ ...common, ...by, kind: kind('status'), live: {}, object: pod })
}

export const benchmark: Benchmark = {
  about: 'What knowing who owns which field costs a write, beside writing the pod as JSON.',
  async run(log) {
    const all = Array.from({ length: pods }, (_, i) => typicalPod(i))
    const states = Array.from({ length: 10 }, (_, n) => withStatus(all[0] as TypicalPod, n))
    const liveManaged = created(all[0] as TypicalPod)
    const by = { manager: 'kubelet', subresource: 'status', liveManaged }
    const status = kind('spec')
    const ways: Record<string, (i: number) => unknown> = {
      json: i => schema.encode(all[i % pods]),
      create: i => created(all[i % pods] as TypicalPod),
      status: i =>
        trackUpdate({ ...common, ...by, kind: status, live: states[0] as object, object: states[i % 10] as object }),
    }
    const samples: Record<string, number[]> = { json: [], create: [], status: [] }
    for (let round = 0; round <= rounds; round++) {
      log(round === 0 ? 'warming up' : `round ${round} of ${rounds}`)
      for (const [name, act] of Object.entries(ways)) {
        const micros = microsEach(act)
        if (round > 0) samples[name]?.push(micros)
      }
    }
    const baseline = { what: 'encoding the pod as JSON', value: median(samples.json ?? []) }
    const figure = (key: string, what: string): Figure => ({
      key,
      what,
      value: median(samples[key] ?? []),
      samples: samples[key] ?? [],
      unit: 'µs',
      baseline,
      aim: 25,
    })
    return [figure('create', 'field set of a new pod'), figure('status', 'field set of a status patch')]
  },
}

/** CPU of this thread and its collector, µs. */
function microsEach(act: (i: number) => unknown): number {
  const { user, system } = process.cpuUsage()
  for (let i = 0; i < writes; i++) act(i)
  const spent = process.cpuUsage({ user, system })
  return (spent.user + spent.system) / writes
}
