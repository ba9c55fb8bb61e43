import { type KubeObject, type ServiceCIDR, sameList } from '@kubets/api-types'
import { formatTime } from '@kubets/apimachinery'
import { changeOwn, createOwn, ownEntry } from '../resources/own-writes.ts'
import { keyOf, type Rest } from '../resources/rest.ts'
import { Recorder } from './recorder.ts'

export const defaultServiceCidr = 'kubernetes'
const component = 'kubernetes-service-cidr-controller'

/**
 * Keeps the ServiceCIDR `kubernetes` as the flags say: makes it, adds the second family, says that it is ready. One that has other blocks is
 * left alone and told about: Services may have addresses from it.
 */
export class DefaultServiceCidr {
  readonly #rest: Rest
  readonly #cidrs: readonly string[]
  readonly #recorder: Recorder

  constructor(rest: Rest, cidrs: readonly string[]) {
    this.#rest = rest
    this.#cidrs = cidrs
    this.#recorder = new Recorder(rest, component)
  }

  #ready() {
    return {
      type: 'Ready',
      status: 'True',
      reason: '',
      message: 'Kubernetes default Service CIDR is ready',
      lastTransitionTime: formatTime(this.#rest.clock.now()),
    }
  }

  async sync(): Promise<void> {
    const rest = this.#rest
    const entry = ownEntry(rest, 'networking.k8s.io', 'servicecidrs')
    if ((await rest.store.get(keyOf(entry, '', defaultServiceCidr))).kv === undefined) {
      const object: ServiceCIDR = {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'ServiceCIDR',
        metadata: { name: defaultServiceCidr },
        spec: { cidrs: [...this.#cidrs] },
        status: { conditions: [this.#ready()] },
      }
      // another api-server may have been faster
      if (await createOwn(rest, entry, object as KubeObject, { conditions: component })) return
    }
    let found: ServiceCIDR | undefined
    await changeOwn(rest, entry, defaultServiceCidr, ({ object }) => {
      found = object as ServiceCIDR
      return this.#change(found) as KubeObject | undefined
    })
    if (found !== undefined) await this.#tell(found)
  }

  /** What is to be stored instead; undefined: it is as it should be, or not ours to change. */
  #change(object: ServiceCIDR): ServiceCIDR | undefined {
    const cidrs = object.spec?.cidrs ?? []
    const [first] = this.#cidrs
    if (this.#cidrs.length === 2 && cidrs.length === 1 && cidrs[0] === first) {
      return { ...object, spec: { cidrs: [...this.#cidrs] } }
    }
    if (object.metadata?.deletionTimestamp !== undefined || !sameList(cidrs, this.#cidrs)) return undefined
    const conditions = object.status?.conditions ?? []
    const status = conditions.find(({ type }) => type === 'Ready')?.status
    if (status === 'True' || status === 'False') return undefined
    const others = conditions.filter(({ type }) => type !== 'Ready')
    return { ...object, status: { conditions: [...others, this.#ready()] } } as unknown as ServiceCIDR
  }

  async #tell(object: ServiceCIDR): Promise<void> {
    if (object.metadata?.deletionTimestamp !== undefined) return
    const cidrs = object.spec?.cidrs ?? []
    const regarding = { ...object, apiVersion: 'networking.k8s.io/v1', kind: 'ServiceCIDR' } as KubeObject
    const list = (texts: readonly string[]) => `[${texts.join(' ')}]`
    const upgrade = this.#cidrs.length === 2 && cidrs.length === 1 && cidrs[0] === this.#cidrs[0]
    if (!sameList(cidrs, this.#cidrs)) {
      if (upgrade) return
      const note = `The default ServiceCIDR ${list(cidrs)} does not match the controller flag configurations ${list(this.#cidrs)}`
      return this.#recorder.warn({ regarding, reason: 'KubernetesDefaultServiceCIDRInconsistent', note })
    }
    const ready = object.status?.conditions?.find(({ type }) => type === 'Ready')
    if (ready?.status !== 'False') return
    const note = `Configuration matches, but ${ready.message}`
    await this.#recorder.warn({ regarding, reason: ready.reason, note })
  }
}
