import { type FieldError, field, isDns1123Subdomain } from '@kubets/apimachinery'
import type { PodSpec } from '../../../../../wire.ts'
import { visitContainers } from '../containers.ts'
import { each, items } from './checks.ts'
import type { PodRules } from './rules.ts'

/** In the host's network a container's ports are the host's. A template may leave them out: its pods get them by default. */
export function validateHostNetwork(spec: PodSpec, path: string, { isPod }: PodRules): FieldError[] {
  if (spec.hostNetwork !== true) return []
  const text = 'must match `containerPort` when `hostNetwork` is true'
  return items(spec.containers, `${path}.containers`, ({ ports }, at) =>
    items(ports, `${at}.ports`, ({ hostPort = 0, containerPort }, atPort) =>
      hostPort === containerPort || (!isPod && hostPort === 0)
        ? []
        : [field.invalid(`${atPort}.hostPort`, hostPort, text)],
    ),
  )
}

/** A pod with users of its own shares nothing else with the host. */
export function validateHostUsers(spec: PodSpec, path: string, rules: PodRules): FieldError[] {
  if (spec.hostUsers !== false) return []
  const errors: FieldError[] = []
  const refuse = (at: string) => errors.push(field.forbidden(at, 'when `hostUsers` is false'))
  if (spec.hostNetwork === true && !rules.allowHostNetworkInUserNamespace) refuse(`${path}.hostNetwork`)
  if (spec.hostPID === true) refuse(`${path}.HostPID`)
  if (spec.hostIPC === true) refuse(`${path}.HostIPC`)
  if (rules.allowDevicesInUserNamespace) return errors
  visitContainers(spec, path, ({ volumeDevices }, at) => {
    if (volumeDevices?.length) refuse(`${at}.volumeDevices`)
  })
  return errors
}

const maxHostname = 64

export function validateHostname(spec: PodSpec, path: string): FieldError[] {
  const { hostnameOverride: name } = spec
  if (name === undefined) return []
  const errors: FieldError[] = []
  if (spec.setHostnameAsFQDN === true) {
    errors.push(field.forbidden(path, 'may not be specified when setHostnameAsFQDN is true'))
  }
  if (spec.hostNetwork === true) errors.push(field.forbidden(path, 'may not be specified when hostNetwork is true'))
  if (name.length > maxHostname) errors.push(field.tooLong(path, maxHostname))
  return [...errors, ...each(path, name, isDns1123Subdomain(name))]
}
