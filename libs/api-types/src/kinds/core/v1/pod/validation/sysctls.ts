import { type FieldError, field } from '@kubets/apimachinery'
import type { PodSpec } from '../../../../../wire.ts'
import { items } from './checks.ts'
import type { PodRules } from './rules.ts'

const maxLength = 253
const segment = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?'
const form = `^(${segment}[\\./])*${segment}$`
/** The same language as `form`, without its nested repetitions, which take exponential time here. */
const pattern = /^[a-z0-9][-_a-z0-9]*(?<![-_])([./][a-z0-9][-_a-z0-9]*(?<![-_]))*$/

const ofIpc = /^(kernel\.(sem|shm|shmall|shmmax|shmmni|shm_rmid_forced|msg|msgmax|msgmnb|msgmni)$|fs\.mqueue\.)/

/** The kernel takes `/` for `.` and the other way round: which one comes first is the separator. */
function normalized(name: string): string {
  const first = /[./]/.exec(name)?.[0]
  if (first !== '/') return name
  return name.replace(/[./]/g, found => (found === '/' ? '.' : '/'))
}

/** Says which shared namespace a sysctl belongs to, if the pod shares it with the host. */
export function sharedNamespaceOf(given: string | undefined, spec: PodSpec): 'hostNetwork' | 'hostIPC' | undefined {
  const name = normalized(given ?? '').split('*', 1)[0] ?? ''
  if (spec.hostNetwork === true && name.startsWith('net.')) return 'hostNetwork'
  if (spec.hostIPC === true && ofIpc.test(name)) return 'hostIPC'
  return undefined
}

export function validateSysctls(spec: PodSpec, path: string, rules: PodRules): FieldError[] {
  const seen = new Set<string>()
  return items(spec.securityContext?.sysctls, path, ({ name = '' }, at) => {
    const errors: FieldError[] = []
    if (name === '') errors.push(field.required(`${at}.name`))
    else if (name.length > maxLength || !pattern.test(name)) {
      const text = `must have at most ${maxLength} characters and match regex ${form}`
      errors.push(field.invalid(`${at}.name`, name, text))
    } else if (seen.has(name)) errors.push(field.duplicate(`${at}.name`, name))
    const shared = rules.allowHostSysctls ? undefined : sharedNamespaceOf(name, spec)
    if (shared !== undefined) {
      errors.push(field.invalid(`${at}.name`, name, `may not be specified when '${shared}' is true`))
    }
    seen.add(name)
    return errors
  })
}
