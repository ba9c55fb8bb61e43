import type { Subject } from './plan.ts'
import type { Json, Step } from './step.ts'

/** The namespace with its service account, and what the corpus says must stand first. */
export function neededSteps({ resource, corpus, namespace }: Subject): Step[] {
  const steps: Step[] = []
  const create = (path: string, body: Json) =>
    steps.push({
      verb: 'need',
      about: `${body.kind} ${body.metadata.name}`,
      request: { method: 'POST', path, body },
    })
  if (resource.namespaced) {
    create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    if (resource.name !== 'serviceaccounts')
      create(`/api/v1/namespaces/${namespace}/serviceaccounts`, {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'default' },
      })
  }
  for (const { path, ...body } of corpus.needs ?? []) create(String(path).replace('{namespace}', namespace), body)
  return steps
}
