import type { Pod } from '@kubets/api-types'
import { forbidden, goQuote, isLabelValue, isQualifiedName, plainError } from '@kubets/apimachinery'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'
import { type NamespaceSource, namespaceOf } from '../namespace-of.ts'
import { writesTo } from '../writes.ts'

type Labels = Readonly<Record<string, string>>

const newPod = writesTo({ resource: 'pods' }, ['CREATE'])
const annotation = 'scheduler.alpha.kubernetes.io/node-selector'
const clusterDefault = 'clusterDefaultNodeSelector'

/** A namespace's pods stay on its nodes: they get its selector, and may name no others where the configuration has a list for it. */
export function podNodeSelector(source: NamespaceSource, selectors: Labels = {}): AdmissionPlugin {
  const ofNamespace = async (name: string): Promise<Labels> => {
    const { metadata } = await namespaceOf(source, name)
    return read(metadata?.annotations?.[annotation] ?? selectors[clusterDefault] ?? '')
  }
  const check = (request: AdmissionRequest, namespace: Labels): void => {
    const own = (request.object as Pod).spec?.nodeSelector ?? {}
    const refuse = (why: string) => forbidden('pods', request.name, why)
    if (Object.entries(namespace).some(([key, value]) => own[key] !== undefined && own[key] !== value))
      throw refuse('pod node label selector conflicts with its namespace node label selector')
    const allowed = read(selectors[request.namespace] ?? '')
    const beyond = Object.entries(own).some(([key, value]) => allowed[key] !== value)
    if (Object.keys(allowed).length > 0 && beyond)
      throw refuse('pod node label selector labels conflict with its namespace whitelist')
  }
  return {
    name: 'PodNodeSelector',
    mutate(request) {
      if (!newPod(request)) return undefined
      return ofNamespace(request.namespace).then(namespace => {
        const { spec } = request.object as Pod
        const own = spec?.nodeSelector ?? {}
        if (spec !== undefined && !Object.entries(namespace).some(([key, value]) => (own[key] ?? value) !== value)) {
          const merged = { ...namespace, ...own }
          if (Object.keys(merged).length > 0) spec.nodeSelector = merged
        }
        check(request, namespace)
      })
    },
    validate(request) {
      if (!newPod(request)) return undefined
      return ofNamespace(request.namespace).then(namespace => check(request, namespace))
    },
  }
}

/** `a=b,c=d` */
function read(selector: string): Labels {
  if (selector === '') return {}
  return Object.fromEntries(
    selector.split(',').map(label => {
      const parts = label.split('=')
      const [key = '', value = ''] = parts.map(part => part.trim())
      if (parts.length !== 2) throw plainError(`invalid selector: [${parts.join(' ')}]`)
      const wrong = isQualifiedName(key)
      if (wrong.length > 0) throw plainError(`key: Invalid value: ${goQuote(key)}: ${wrong.join('; ')}`)
      const odd = isLabelValue(value)
      if (odd.length > 0) throw plainError(`[${key}]: Invalid value: ${goQuote(value)}: ${odd.join('; ')}`)
      return [key, value]
    }),
  )
}
