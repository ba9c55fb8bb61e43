import { type FieldError, field, isDns1123Subdomain } from '@kubets/apimachinery'
import type { PodSpec } from '../../../../../wire.ts'
import { visitContainers } from '../containers.ts'
import { each } from './checks.ts'

export type WindowsOptions = NonNullable<NonNullable<PodSpec['securityContext']>['windowsOptions']>

const maxSpecKiB = 64
const maxDomain = 256
const maxUser = 104

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const control = /[\u0000-\u001f\u007f]/
const netBios = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/
const label = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?'
const dns = new RegExp(`^${label}(?:\\.${label})*$`)
const forbiddenInUser = /["/\\:;|=,+*?<>@[\]]/

export function validateWindowsOptions(options: WindowsOptions | undefined, path: string): FieldError[] {
  if (options === undefined) return []
  const { gmsaCredentialSpecName: name, gmsaCredentialSpec: spec, runAsUserName: user } = options
  const errors = name === undefined ? [] : each(`${path}.gmsaCredentialSpecName`, name, isDns1123Subdomain(name))
  const at = `${path}.gmsaCredentialSpec`
  if (spec === '') errors.push(field.invalid(at, spec, 'gmsaCredentialSpec cannot be an empty string'))
  else if (spec !== undefined && Buffer.byteLength(spec) > maxSpecKiB * 1024) {
    errors.push(field.invalid(at, spec, `gmsaCredentialSpec size must be under ${maxSpecKiB} KiB`))
  }
  return user === undefined ? errors : [...errors, ...each(`${path}.runAsUserName`, user, wrongUser(user))]
}

/** `DOMAIN\user` or `user`. */
function wrongUser(name: string): string[] {
  if (name === '') return ['runAsUserName cannot be an empty string']
  if (control.test(name)) return ['runAsUserName cannot contain control characters']
  const parts = name.split('\\')
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash']
  const user = parts.at(-1) ?? ''
  const domain = parts.length === 2 ? parts[0] : undefined
  const texts: string[] = []
  if (domain !== undefined) {
    if (domain.length >= maxDomain) texts.push(`runAsUserName's Domain length must be under ${maxDomain} characters`)
    if (!netBios.test(domain) && !dns.test(domain)) {
      texts.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format")
    }
  }
  if (user === '') texts.push("runAsUserName's User cannot be empty")
  else if (Buffer.byteLength(user) > maxUser) {
    texts.push(`runAsUserName's User length must not be longer than ${maxUser} characters`)
  }
  if (/^[. ]+$/.test(user)) texts.push("runAsUserName's User cannot contain only periods or spaces")
  if (forbiddenInUser.test(user)) {
    texts.push('runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]')
  }
  return texts
}

/** HostProcess containers run on the machine itself: all of a pod's containers do, or none. */
export function validateHostProcess(spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = []
  const whole = spec.securityContext?.windowsOptions?.hostProcess
  let [total, onHost] = [0, 0]
  visitContainers(spec, path, ({ securityContext }, at) => {
    total++
    const own = securityContext?.windowsOptions?.hostProcess
    if (whole !== undefined && own !== undefined && whole !== own) {
      const text = `pod hostProcess value must be identical if both are specified, was ${whole}`
      errors.push(field.invalid(`${at}.securityContext.windowsOptions.hostProcess`, own, text))
    }
    if (own ?? whole) onHost++
  })
  if (onHost === 0) return errors
  if (onHost !== total) {
    const text = 'If pod contains any hostProcess containers then all containers must be HostProcess containers'
    errors.push(field.invalid(path, '', text))
  }
  if (spec.hostNetwork !== true) {
    const text = 'hostNetwork must be true if pod contains any hostProcess containers'
    errors.push(field.invalid(`${path}.hostNetwork`, false, text))
  }
  return errors
}
