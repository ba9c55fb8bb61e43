import type { KubeObject, Namespace, Pod } from '@kubets/api-types'
import { aggregate, type FieldError, forbidden, internalError, invalid, semanticEqual } from '@kubets/apimachinery'
import type { KeyValueStore, WatchCache } from '@kubets/storage'
import { warn } from '../../../handlers/respond.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../../admission.ts'
import type { Annotations, PodSpec, Violation } from './checks/check.ts'
import { defaultConfiguration, type PodSecurityConfiguration } from './configuration.ts'
import { detailsOf, violations } from './evaluate.ts'
import { existingViolations } from './existing-pods.ts'
import { podSpecOf, templateKinds } from './pod-template.ts'
import {
  equivalent,
  formatLevel,
  isFullyPrivileged,
  isStricter,
  type LevelVersion,
  modes,
  type Policy,
  policyOf,
  prefix,
  sameLevel,
} from './policy.ts'
import { isSignificant } from './significant-update.ts'

export interface PodSecurityOptions {
  cache: Pick<WatchCache, 'get' | 'snapshot'>
  store: Pick<KeyValueStore, 'get'>
}

interface Wanted {
  readonly policy: Policy
  readonly errors: readonly FieldError[]
}

/** Subresources that leave a pod's spec as it is. */
const ignored: ReadonlySet<string> = new Set([
  'exec',
  'attach',
  'binding',
  'eviction',
  'log',
  'portforward',
  'proxy',
  'status',
])

/**
 * The Pod Security Standards: a namespace's labels say how far its pods may go. Pods beyond `enforce` are refused; pods, and templates of pods, beyond
 * `warn` and `audit` are told to the client and the audit log.
 */
export function podSecurity(
  { cache, store }: PodSecurityOptions,
  configuration: PodSecurityConfiguration = defaultConfiguration,
): AdmissionPlugin {
  const { defaults, exemptions } = configuration
  const [users, namespaces, runtimeClasses] = [
    new Set(exemptions.usernames),
    new Set(exemptions.namespaces),
    new Set(exemptions.runtimeClasses),
  ]
  const byDefault: Wanted = { policy: defaults, errors: [] }

  function wantedBy(labels: Readonly<Record<string, string>> | undefined): Wanted {
    // most namespaces say nothing
    for (const label in labels) if (label.startsWith(prefix)) return policyOf(labels, defaults)
    return byDefault
  }

  const labelsOf = (bytes: Uint8Array) =>
    (JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()) as Namespace).metadata?.labels

  /** Calls `judge` with what the request's namespace wants; at once where the namespace is known. */
  function within(
    request: AdmissionRequest,
    judge: (wanted: Wanted) => undefined,
    missing: () => undefined,
  ): undefined | Promise<void> {
    const key = `/registry/namespaces/${request.namespace}`
    const known = cache.get(key)
    if (known !== undefined) {
      if (known.unreadable !== undefined) throw known.unreadable
      return judge(wantedBy(known.labels))
    }
    // made a moment ago by this client, perhaps: the store knows
    return store.get(key).then(({ kv }) => (kv === undefined ? missing() : judge(wantedBy(labelsOf(kv.value)))))
  }

  /** Whether somebody is exempt; the audit log is told why. */
  function isExempt(request: AdmissionRequest): boolean {
    const why = namespaces.has(request.namespace) ? 'namespace' : users.has(request.user.name) ? 'user' : undefined
    if (why !== undefined) annotate(request, 'exempt', why)
    return why !== undefined
  }

  function admitPod(request: AdmissionRequest): undefined | Promise<void> {
    if (ignored.has(request.subresource) || isExempt(request)) return undefined
    return within(
      request,
      ({ policy, errors }) => {
        if (errors.length === 0 && isFullyPrivileged(policy))
          return annotate(request, 'enforce-policy', 'privileged:latest')
        const pod = request.object as Pod
        if (request.operation === 'UPDATE' && !isSignificant(pod, request.oldObject as Pod)) return undefined
        return judge(request, { policy, errors }, pod.spec, pod.metadata?.annotations, 'enforced')
      },
      () => {
        const error = internalError(`failed to lookup namespace "${request.namespace}"`)
        annotate(request, 'error', error.message)
        throw error
      },
    )
  }

  function admitTemplate(request: AdmissionRequest): undefined | Promise<void> {
    if (request.subresource !== '' || isExempt(request)) return undefined
    return within(
      request,
      ({ policy, errors }) => {
        if (errors.length === 0 && policy.warn.level === 'privileged' && policy.audit.level === 'privileged')
          return undefined
        const template = podSpecOf(request.entry.resource, request.object as KubeObject)
        if (template === undefined) return undefined
        return judge(request, { policy, errors }, template.spec, template.metadata?.annotations, 'told')
      },
      () => annotate(request, 'error', `failed to lookup namespace "${request.namespace}"`),
    )
  }

  function judge(
    request: AdmissionRequest,
    { policy, errors }: Wanted,
    spec: PodSpec | undefined,
    annotations: Annotations | undefined,
    how: 'enforced' | 'told',
  ): undefined {
    if (spec === undefined) return undefined
    if (runtimeClasses.has(spec.runtimeClassName ?? '')) return annotate(request, 'exempt', 'runtimeClass')
    if (errors.length > 0) annotate(request, 'error', `Failed to parse policy: ${aggregate(errors)}`)
    // modes mostly ask for the same: looked at once
    const seen: { level: LevelVersion; found: readonly Violation[] }[] = []
    const against = (level: LevelVersion) => {
      const known = seen.find(one => sameLevel(one.level, level))
      if (known !== undefined) return known.found
      const found = violations(level, spec, annotations)
      seen.push({ level, found })
      return found
    }
    const says = (level: LevelVersion, found: readonly Violation[]) =>
      `violate PodSecurity "${formatLevel(level)}": ${detailsOf(found)}`
    const refusals = how === 'enforced' ? against(policy.enforce) : []
    if (how === 'enforced') annotate(request, 'enforce-policy', formatLevel(policy.enforce))
    const audited = against(policy.audit)
    if (audited.length > 0) annotate(request, 'audit-violations', `would ${says(policy.audit, audited)}`)
    if (refusals.length > 0) {
      const why = says(policy.enforce, refusals).replace('violate', 'violates')
      throw forbidden(request.entry, request.name, why)
    }
    const warned = against(policy.warn)
    if (warned.length > 0) warn(request.context, `would ${says(policy.warn, warned)}`)
    return undefined
  }

  function admitNamespace(request: AdmissionRequest): undefined | Promise<void> {
    const { operation, subresource, object, oldObject, name } = request
    if (subresource !== '') return undefined
    const labels = (object as Namespace).metadata?.labels
    const { policy, errors } = policyOf(labels, defaults)
    const before = operation === 'UPDATE' ? policyOf((oldObject as Namespace).metadata?.labels, defaults) : undefined
    if (errors.length > 0 && !semanticEqual(errors, before?.errors))
      throw invalid({ group: '', kind: 'Namespace' }, name, errors)
    if (before === undefined) return undefined
    const [now, then] = [policy.enforce, before.policy.enforce]
    if (sameLevel(now, then) || now.level === 'privileged') return undefined
    if (now.version === then.version && !isStricter(now.level, then.level)) return undefined
    if (namespaces.has(name)) {
      if (isFullyPrivileged(policy) || equivalent(policy, defaults)) return undefined
      warn(
        request.context,
        `namespace "${name}" is exempt from Pod Security, and the policy (${policyText(policy, labels ?? {})}) will be ignored`,
      )
      return undefined
    }
    return existingViolations({ cache, namespace: name, enforce: now, runtimeClasses }).then(warnings => {
      for (const warning of warnings) warn(request.context, warning)
    })
  }

  return {
    name: 'PodSecurity',
    validate(request) {
      const { group, resource } = request.entry
      if (request.operation === 'DELETE') return undefined
      if (group === '' && resource === 'pods') return admitPod(request)
      if (group === '' && resource === 'namespaces') return admitNamespace(request)
      return templateKinds.get(resource) === group ? admitTemplate(request) : undefined
    },
  }
}

function annotate({ context }: AdmissionRequest, key: string, value: string): undefined {
  context.audit?.annotate(prefix + key, value)
  return undefined
}

/** The modes that a namespace sets, and that ask for something. */
const policyText = (policy: Policy, labels: Readonly<Record<string, string>>): string =>
  modes
    .filter(mode => policy[mode].level !== 'privileged')
    .filter(mode => labels[prefix + mode] !== undefined || labels[`${prefix}${mode}-version`] !== undefined)
    .map(mode => `${mode}=${formatLevel(policy[mode])}`)
    .join(', ')
