import { append, type FieldError, field, isHttpHeaderName, isPortName, isPortNumber } from '@kubets/apimachinery'
import type { Container } from '../../../../../wire.ts'
import { each, items, notNegative, pointerEnum } from './checks.ts'

type Probe = NonNullable<Container['livenessProbe']>
type Lifecycle = NonNullable<Container['lifecycle']>
type Handler = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> & Pick<NonNullable<Lifecycle['preStop']>, 'sleep'>

const portOf = (port: number | string = 0, path: string): FieldError[] =>
  typeof port === 'number' ? each(path, port, isPortNumber(port)) : each(path, port, isPortName(port))

type Kind = keyof Handler
type Check<K extends Kind> = (way: NonNullable<Handler[K]>, path: string, grace: number | undefined) => FieldError[]

/** In upstream's order. */
const checks: { readonly [K in Kind]-?: Check<K> } = {
  exec: ({ command }, path) => (command?.length ? [] : [field.required(`${path}.command`)]),
  httpGet: (get, path) => {
    const errors = get.path ? [] : [field.required(`${path}.path`)]
    append(errors, portOf(get.port, `${path}.port`))
    append(errors, pointerEnum(`${path}.scheme`, get.scheme ?? '', schemes))
    const at = `${path}.httpHeaders`
    append(
      errors,
      items(get.httpHeaders, at, ({ name = '' }) => each(at, name, isHttpHeaderName(name))),
    )
    return errors
  },
  tcpSocket: ({ port }, path) => portOf(port, `${path}.port`),
  grpc: ({ port }, path) => portOf(port, `${path}.port`),
  sleep: ({ seconds = 0 }, path, grace) => {
    if (grace === undefined || (seconds >= 0 && seconds <= grace)) return []
    const text = `must be non-negative and less than terminationGracePeriodSeconds (${grace})`
    return [field.invalid(path, seconds, text)]
  },
}
const kinds = Object.keys(checks) as readonly Kind[]
const schemes = ['HTTP', 'HTTPS']

/** Just one way to act, and that one complete. */
export function validateHandler(handler: Handler, path: string, grace?: number): FieldError[] {
  let errors: FieldError[] | undefined
  for (const kind of kinds) {
    const way = handler[kind]
    if (!way) continue
    const at = `${path}.${kind}`
    if (errors === undefined) errors = (checks[kind] as Check<Kind>)(way as never, at, grace)
    else errors.push(field.forbidden(at, 'may not specify more than 1 handler type'))
  }
  return errors ?? [field.required(path, 'must specify a handler type')]
}

const numbers = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const

function validateProbe(probe: Probe, path: string, graceOfPod?: number): FieldError[] {
  const errors = validateHandler(probe, path, graceOfPod)
  for (const name of numbers) {
    const value = probe[name]
    if (value !== undefined && value < 0) append(errors, notNegative(`${path}.${name}`, value))
  }
  const grace = probe.terminationGracePeriodSeconds
  if (grace !== undefined && grace <= 0) {
    errors.push(field.invalid(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than 0'))
  }
  return errors
}

/** The three probes of a container, each with its own rule. */
export function validateProbes(container: Container, path: string, graceOfPod?: number): FieldError[] {
  const errors: FieldError[] = []
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
    const probe = container[name]
    if (probe === undefined) continue
    const at = `${path}.${name}`
    append(errors, validateProbe(probe, at, graceOfPod))
    if (name === 'readinessProbe') {
      const grace = probe.terminationGracePeriodSeconds
      if (grace !== undefined) {
        const text = 'must not be set for readinessProbes'
        errors.push(field.invalid(`${at}.terminationGracePeriodSeconds`, grace, text))
      }
    } else if (probe.successThreshold !== 1) {
      errors.push(field.invalid(`${at}.successThreshold`, probe.successThreshold ?? 0, 'must be 1'))
    }
  }
  return errors
}

export function validateLifecycle(lifecycle: Lifecycle | undefined, path: string, grace?: number): FieldError[] {
  if (lifecycle === undefined) return []
  const { postStart, preStop } = lifecycle
  return [
    ...(postStart ? validateHandler(postStart, `${path}.postStart`, grace) : []),
    ...(preStop ? validateHandler(preStop, `${path}.preStop`, grace) : []),
  ]
}
