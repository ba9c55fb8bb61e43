import { append, type FieldError, field, isHttpHeaderName, isPortName, isPortNumber } from '@kubets/apimachinery'
import type { Container } from '../../../../../wire.ts'
import { each, items, notNegative, pointerEnum } from './checks.ts'

type Probe = NonNullable<Container['livenessProbe']>
type Lifecycle = NonNullable<Container['lifecycle']>
type Handler = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> & Pick<NonNullable<Lifecycle['preStop']>, 'sleep'>

const portOf = (port: number | string = 0, path: string): FieldError[] =>
  typeof port === 'number' ? each(path, port, isPortNumber(port)) : each(path, port, isPortName(port))

function checkKinds(handler: Handler, path: string, grace: number | undefined): Record<string, () => FieldError[]> {
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler
  return {
    ...(exec && {
      exec: () => (exec.command?.length ? [] : [field.required(`${path}.exec.command`)]),
    }),
    ...(httpGet && {
      httpGet: () => [
        ...(httpGet.path ? [] : [field.required(`${path}.httpGet.path`)]),
        ...portOf(httpGet.port, `${path}.httpGet.port`),
        ...pointerEnum(`${path}.httpGet.scheme`, httpGet.scheme ?? '', ['HTTP', 'HTTPS']),
        ...items(httpGet.httpHeaders, `${path}.httpGet.httpHeaders`, ({ name = '' }) =>
          each(`${path}.httpGet.httpHeaders`, name, isHttpHeaderName(name)),
        ),
      ],
    }),
    ...(tcpSocket && { tcpSocket: () => portOf(tcpSocket.port, `${path}.tcpSocket.port`) }),
    ...(grpc && { grpc: () => portOf(grpc.port, `${path}.grpc.port`) }),
    ...(sleep && {
      sleep: () => {
        const seconds = sleep.seconds ?? 0
        if (grace === undefined || (seconds >= 0 && seconds <= grace)) return []
        const text = `must be non-negative and less than terminationGracePeriodSeconds (${grace})`
        return [field.invalid(`${path}.sleep`, seconds, text)]
      },
    }),
  }
}

/** Just one way to act, and that one complete. */
export function validateHandler(handler: Handler, path: string, grace?: number): FieldError[] {
  const found = Object.entries(checkKinds(handler, path, grace))
  if (found.length === 0) return [field.required(path, 'must specify a handler type')]
  return found.flatMap(([name, check], index) =>
    index === 0 ? check() : [field.forbidden(`${path}.${name}`, 'may not specify more than 1 handler type')],
  )
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
