import {
  append,
  type FieldError,
  field,
  isDns1123Label,
  isPortName,
  isPortNumber,
  isQualifiedName,
} from '@kubets/apimachinery'
import type { Service } from '../../../../../wire.ts'
import { internalForm } from '../../../../validation/internal-form.ts'

type Spec = NonNullable<Service['spec']>
type Port = NonNullable<Spec['ports']>[number]

const protocols = ['SCTP', 'TCP', 'UDP']

const each = <T>(path: string, value: T, check: (value: T) => readonly string[]) =>
  check(value).map(message => field.invalid(path, value, message))

function validatePort(entry: Port, nameRequired: boolean, names: Set<string>, at: string): FieldError[] {
  const { name = '', port = 0, protocol = '', targetPort, appProtocol } = entry
  const errors: FieldError[] = []
  if (name !== '') {
    append(errors, each(`${at}.name`, name, isDns1123Label))
    if (names.has(name)) errors.push(field.duplicate(`${at}.name`, name))
    names.add(name)
  } else if (nameRequired) errors.push(field.required(`${at}.name`))
  append(errors, each(`${at}.port`, port, isPortNumber))
  if (protocol === '') errors.push(field.required(`${at}.protocol`))
  else if (!protocols.includes(protocol)) errors.push(field.notSupported(`${at}.protocol`, protocol, protocols))
  if (typeof targetPort === 'number') append(errors, each(`${at}.targetPort`, targetPort, isPortNumber))
  else if (targetPort !== undefined) append(errors, each(`${at}.targetPort`, targetPort, isPortName))
  if (appProtocol !== undefined) append(errors, each(`${at}.appProtocol`, appProtocol, isQualifiedName))
  return errors
}

export function validatePorts(ports: readonly Port[]): FieldError[] {
  const names = new Set<string>()
  return ports.flatMap((port, i) => validatePort(port, ports.length > 1, names, `spec.ports[${i}]`))
}

/** Node ports: none where the type has none, each once for a protocol. Then the same for the ports themselves. */
export function validatePortNumbers({ type, ports = [] }: Spec): FieldError[] {
  const errors: FieldError[] = []
  const nodePortAt = (i: number) => `spec.ports[${i}].nodePort`
  ports.forEach(({ nodePort }, i) => {
    if (type === 'ClusterIP' && nodePort) {
      errors.push(field.forbidden(nodePortAt(i), "may not be used when `type` is 'ClusterIP'"))
    }
  })
  const taken = new Set<string>()
  const isTaken = (key: string) => taken.has(key) || !taken.add(key)
  ports.forEach(({ protocol, nodePort }, i) => {
    if (nodePort && isTaken(`node ${protocol}/${nodePort}`)) errors.push(field.duplicate(nodePortAt(i), nodePort))
  })
  ports.forEach(({ protocol, port }, i) => {
    if (!isTaken(`${protocol}/${port}`)) return
    const value = internalForm('io.k8s.api.core.v1.ServicePort', { protocol, port })
    errors.push(field.duplicate(`spec.ports[${i}]`, value))
  })
  return errors
}
