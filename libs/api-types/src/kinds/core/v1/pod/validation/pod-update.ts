import { append, type FieldError, field, inclusiveRange, semanticEqual } from '@kubets/apimachinery'
import type { Pod, PodSpec, Toleration } from '../../../../../wire.ts'
import { samePart } from '../../../../validation/immutable.ts'
import { internalForm } from '../../../../validation/internal-form.ts'
import { unifiedDiff } from '../../../../validation/unified-diff.ts'
import { mirrorPod } from '../annotations.ts'
import { validateAnnotationUpdate, validatePodAnnotations } from './annotations.ts'
import { items } from './checks.ts'
import { validateImage } from './containers.ts'
import { validateAffinityMutation, validateSelectorMutation } from './gated-pod.ts'
import { validatePod } from './pod.ts'
import { type PodRules, rulesAfter } from './rules.ts'
import { validateTolerations } from './tolerations.ts'

const maxInt32 = 2147483647

const mayChange =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,' +
  '`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),' +
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

const podSpec = 'io.k8s.api.core.v1.PodSpec'
const internalSpec = (spec: PodSpec) => internalForm(podSpec, spec)
const internalEphemeral = (container: object) => internalForm('io.k8s.api.core.v1.EphemeralContainer', container)

const emptySpec: PodSpec = { containers: [] }

/** The stored field in the new spec's place. */
function back<K extends keyof PodSpec>(spec: PodSpec, old: PodSpec, key: K): void {
  if (old[key] === undefined) delete spec[key]
  else spec[key] = old[key]
}

function validateImages(now: PodSpec, old: PodSpec): { errors: FieldError[]; stop: boolean } {
  const errors: FieldError[] = []
  for (const list of ['containers', 'initContainers'] as const) {
    if ((now[list] ?? []).length !== (old[list] ?? []).length) {
      errors.push(field.forbidden(`spec.${list}`, 'pod updates may not add or remove containers'))
      return { errors, stop: true }
    }
    append(
      errors,
      items(now[list], `spec.${list}`, ({ image = '' }, at) =>
        image === '' ? [field.required(`${at}.image`)] : validateImage(image, `${at}.image`),
      ),
    )
  }
  return { errors, stop: false }
}

/** `stop`: upstream looks no further. */
function validateDeadline(now: PodSpec, old: PodSpec): { errors: FieldError[]; stop: boolean } {
  const [after, before] = [now.activeDeadlineSeconds, old.activeDeadlineSeconds]
  const at = 'spec.activeDeadlineSeconds'
  if (after === undefined) {
    const text = 'must not update from a positive integer to nil value'
    return { errors: before === undefined ? [] : [field.invalid(at, null, text)], stop: false }
  }
  if (after < 0 || after > maxInt32) {
    return { errors: [field.invalid(at, after, inclusiveRange(0, maxInt32))], stop: true }
  }
  if (before === undefined || before >= after) return { errors: [], stop: false }
  return { errors: [field.invalid(at, after, 'must be less than or equal to previous value')], stop: true }
}

/** Tolerations may be added; of an old one only the seconds may change. */
function validateAdded(now: Toleration[] = [], old: Toleration[] = []): FieldError[] {
  const bare = ({ tolerationSeconds: _, ...rest }: Toleration) => rest
  const kept = old.every(before => now.some(after => semanticEqual(bare(after), bare(before))))
  if (kept) return validateTolerations(now, 'spec.tolerations')
  return [field.forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')]
}

function validateGates(now: PodSpec['schedulingGates'], old: PodSpec['schedulingGates']): FieldError[] {
  const before = new Set(old?.map(({ name }) => name))
  return items(now, 'spec.schedulingGates', ({ name }, at) => {
    if (before.has(name)) return []
    const text = `only deletion is allowed, but found new scheduling gate '${name}'`
    return [field.forbidden(`${at}.name`, text)]
  })
}

/** Of the new spec, what may differ set back to the old: what is left to differ is forbidden. */
function withoutAllowed(now: PodSpec, old: PodSpec): PodSpec {
  const spec = { ...now }
  for (const list of ['containers', 'initContainers'] as const) {
    const before = old[list]
    const after = now[list]?.map((container, index) => {
      const image = before?.[index]?.image
      const { image: _, ...rest } = container
      return image === undefined ? rest : { ...rest, image }
    })
    if (after !== undefined) spec[list] = after
  }
  back(spec, old, 'activeDeadlineSeconds')
  back(spec, old, 'schedulingGates')
  back(spec, old, 'tolerations')
  if ((old.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1) {
    back(spec, old, 'terminationGracePeriodSeconds')
  }
  return spec
}

/** What a pod that is held back may still change about where it goes; sets it back in `spec`. */
function validatePlace(spec: PodSpec, old: PodSpec): FieldError[] {
  if (!old.schedulingGates?.length) return []
  const errors: FieldError[] = []
  if (!semanticEqual(spec.nodeSelector, old.nodeSelector)) {
    append(errors, validateSelectorMutation(spec.nodeSelector, old.nodeSelector, 'spec.nodeSelector'))
    back(spec, old, 'nodeSelector')
  }
  const [after, before] = [spec.affinity?.nodeAffinity, old.affinity?.nodeAffinity]
  if (semanticEqual(after, before)) return errors
  append(errors, validateAffinityMutation(after, before, 'spec.affinity.nodeAffinity'))
  const { nodeAffinity: _, ...others } = spec.affinity ?? {}
  if (before !== undefined) spec.affinity = { ...others, nodeAffinity: before }
  else if (old.affinity === undefined && Object.keys(others).length === 0) delete spec.affinity
  else spec.affinity = others
  return errors
}

/** An update of a pod, its metadata apart. */
export function validatePodUpdate(pod: Pod, oldPod: Pod): FieldError[] {
  const now = pod.spec ?? emptySpec
  const old = oldPod.spec ?? emptySpec
  const rules = rulesAfter(oldPod, true)
  const errors = [...validatePod(pod, rules), ...validateAnnotations(pod, oldPod, rules)]
  const images = validateImages(now, old)
  append(errors, images.errors)
  if (images.stop) return errors
  const deadline = validateDeadline(now, old)
  append(errors, deadline.errors)
  if (deadline.stop) return errors
  append(
    errors,
    validateAdded(now.tolerations, old.tolerations),
    validateGates(now.schedulingGates, old.schedulingGates),
  )
  if (samePart(podSpec, now, old)) return errors
  const rest = withoutAllowed(now, old)
  append(errors, validatePlace(rest, old))
  if (samePart(podSpec, rest, old)) return errors
  return [...errors, field.forbidden('spec', `${mayChange}\n${unifiedDiff(internalSpec(old), internalSpec(rest))}`)]
}

/** Annotations of a changed pod: what they say, and what may not change about them. */
export function validateAnnotations(pod: Pod, old: Pod, rules: Pick<PodRules, 'allowInvalidDeletionCost'>) {
  const path = 'metadata.annotations'
  const [now, before] = [pod.metadata?.annotations, old.metadata?.annotations]
  if (now === undefined && before === undefined) return []
  return [
    ...validateAnnotationUpdate(now, before, path),
    ...validatePodAnnotations(now, pod.spec ?? emptySpec, path, rules),
  ]
}

/** Ephemeral containers are added, never taken away or changed. */
export function validateEphemeralUpdate(pod: Pod, old: Pod): FieldError[] {
  if (old.metadata?.annotations?.[mirrorPod] !== undefined) {
    return [field.forbidden('[]', 'static pods do not support ephemeral containers')]
  }
  const rules = rulesAfter(old, true)
  const errors = [...validatePod(pod, rules), ...validateAnnotations(pod, old, rules)]
  const path = 'spec.ephemeralContainers'
  for (const before of old.spec?.ephemeralContainers ?? []) {
    const { name } = before
    const after = pod.spec?.ephemeralContainers?.findLast(container => container.name === name)
    if (after === undefined) {
      errors.push(field.forbidden(path, `existing ephemeral containers "${name}" may not be removed\n`))
    } else if (!semanticEqual(after, before)) {
      const changes = unifiedDiff(internalEphemeral(before), internalEphemeral(after))
      errors.push(field.forbidden(path, `existing ephemeral containers "${name}" may not be changed\n${changes}`))
    }
  }
  return errors
}
