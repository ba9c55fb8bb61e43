import type { KubeObject, ResourceEntry } from '@kubets/api-types'
import type { RequestContext, UserInfo } from '../handlers/request-context.ts'

/** One write on its way to the store. */
export interface AdmissionRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE'
  readonly entry: ResourceEntry
  readonly namespace: string
  /** For messages. A new object whose name is to be generated has none while it is mutated: what it is generated from. */
  readonly name: string
  readonly subresource: string
  /** The new object; mutating plugins change it in place. Undefined for DELETE. */
  readonly object: KubeObject | undefined
  readonly oldObject: KubeObject | undefined
  readonly user: UserInfo
  readonly dryRun: boolean
  /** Of the request that it belongs to: for warnings and what the audit log is told. */
  readonly context: Pick<RequestContext, 'audit' | 'warnings'>
}

/** A rule about writes. It throws a Status error to refuse. */
export interface AdmissionPlugin {
  /** Upstream's name, as in `--enable-admission-plugins`. */
  readonly name: string
  /** Before validation. */
  mutate?(request: AdmissionRequest): undefined | Promise<void>
  /** After validation, when nothing changes any more. */
  validate?(request: AdmissionRequest): undefined | Promise<void>
}

export interface Admission {
  /** Returns a promise only where a plugin has to wait. */
  mutate(request: AdmissionRequest): undefined | Promise<void>
  validate(request: AdmissionRequest): undefined | Promise<void>
}

/** Asks the plugins one after the other, in the order given. */
export function admission(plugins: readonly AdmissionPlugin[]): Admission {
  const mutating = plugins.filter(p => p.mutate !== undefined)
  const validating = plugins.filter(p => p.validate !== undefined)
  // most plugins never wait, and most requests meet none that does: only they pay for promises
  function mutate(request: AdmissionRequest, from: number): undefined | Promise<void> {
    for (let i = from; i < mutating.length; i++) {
      const waiting = mutating[i]?.mutate?.(request)
      if (waiting !== undefined) return goOn(waiting, mutate, request, i + 1)
    }
    return undefined
  }
  function validate(request: AdmissionRequest, from: number): undefined | Promise<void> {
    for (let i = from; i < validating.length; i++) {
      const waiting = validating[i]?.validate?.(request)
      if (waiting !== undefined) return goOn(waiting, validate, request, i + 1)
    }
    return undefined
  }
  return { mutate: request => mutate(request, 0), validate: request => validate(request, 0) }
}

type Round = (request: AdmissionRequest, from: number) => undefined | Promise<void>

const goOn = (waiting: Promise<void>, round: Round, request: AdmissionRequest, from: number): Promise<void> =>
  waiting.then(() => round(request, from))
