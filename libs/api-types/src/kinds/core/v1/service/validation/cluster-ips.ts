import { append, type FieldError, field, ipFamilyOf, validateLegacyIp } from '@kubets/apimachinery'
import type { Service } from '../../../../../wire.ts'
import { isHeadless } from '../shape.ts'

const families = ['IPv4', 'IPv6']
const policies = ['PreferDualStack', 'RequireDualStack', 'SingleStack']

/** `clusterIP`, `clusterIPs`, `ipFamilies` and `ipFamilyPolicy` fit together. Asked by validation, and before addresses are given out. */
export function validateClusterIps(service: Service, old?: Service): FieldError[] {
  const { type, clusterIP = '', clusterIPs, ipFamilies = [], ipFamilyPolicy } = service.spec ?? {}
  if (type === 'ExternalName') return []
  const path = 'spec.clusterIPs'
  const ips = clusterIPs ?? []
  const refuse = (text: string) => errors.push(field.invalid(path, clusterIPs ?? null, text))
  const errors: FieldError[] = []
  if (clusterIP === '') {
    if (ips.length > 0) refuse('must be empty when `clusterIP` is not specified')
  } else if (ips.length === 0) errors.push(field.required(path))
  else if (ips[0] !== clusterIP) refuse('first value must match `clusterIP`')
  ipFamilies.forEach((family, i) => {
    const at = `spec.ipFamilies[${i}]`
    if (!families.includes(family)) errors.push(field.notSupported(at, family, families))
    if (ipFamilies.indexOf(family) < i) errors.push(field.duplicate(at, family))
  })
  if (ipFamilyPolicy !== undefined && !policies.includes(ipFamilyPolicy)) {
    errors.push(field.notSupported('spec.ipFamilyPolicy', ipFamilyPolicy, policies))
  }
  let wrong = false
  ips.forEach((ip, i) => {
    if (i === 0 && ip === 'None') {
      if (ips.length === 1) return
      wrong = true
      refuse("'None' must be the first and only value")
      return
    }
    const messages = validateLegacyIp(`${path}[${i}]`, ip, old?.spec?.clusterIPs)
    wrong ||= messages.length > 0
    append(errors, messages)
  })
  if (ips.length > 2) refuse('may only hold up to 2 values')
  // families of what is no address would only confuse
  if (wrong) return errors
  const found = ips.map(ipFamilyOf)
  if (ips.length > 1 && !(found.includes('IPv4') && found.includes('IPv6'))) {
    refuse('may specify no more than one IP for each IP family')
  }
  if (!isHeadless(service)) {
    ips.forEach((ip, i) => {
      const family = ipFamilies[i]
      if ((family !== 'IPv4' && family !== 'IPv6') || family === found[i]) return
      const text = `expected an ${family} value as indicated by \`ipFamilies[${i}]\``
      errors.push(field.invalid(`${path}[${i}]`, ip, text))
    })
  }
  return errors
}

const once = 'may not change once set'

/** An address, once given, stays; a second one may come (upgrade to dual-stack) and go (downgrade). */
export function validateClusterIpsUpdate(service: Service, old: Service): FieldError[] {
  if (service.spec?.type === 'ExternalName' || old.spec?.type === 'ExternalName') return []
  if (isHeadless(service) && isHeadless(old)) return []
  const now = service.spec?.clusterIPs ?? []
  const before = old.spec?.clusterIPs ?? []
  const shown = service.spec?.clusterIPs ?? null
  const refuse = (index: number, text: string) => field.invalid(`spec.clusterIPs[${index}]`, shown, text)
  if (now.length === before.length) return before.flatMap((ip, i) => (ip === now[i] ? [] : [refuse(i, once)]))
  const errors: FieldError[] = []
  if (now.length === 0) errors.push(refuse(0, 'primary clusterIP can not be unset'))
  else if (before.length > 0 && now[0] !== before[0]) errors.push(refuse(0, once))
  if (now.length === 1 && before.length > 1) append(errors, validateRelease(service, 'clusterIP'))
  return errors
}

/** The same for families. */
export function validateFamiliesUpdate(service: Service, old: Service): FieldError[] {
  if (service.spec?.type === 'ExternalName' || old.spec?.type === 'ExternalName') return []
  if (isHeadless(service) || isHeadless(old)) return []
  const now = service.spec?.ipFamilies ?? []
  const before = old.spec?.ipFamilies ?? []
  const families = service.spec?.ipFamilies ?? null
  // upstream shows the addresses here, not the families
  const ips = service.spec?.clusterIPs ?? null
  const refuse = (value: unknown, text: string) => field.invalid('spec.ipFamilies[0]', value, text)
  if (now.length === before.length) {
    return before.flatMap((family, i) => (family === now[i] ? [] : [refuse(families, once)]))
  }
  const errors: FieldError[] = []
  const released = before.length > now.length
  if (released && (service.spec?.clusterIPs ?? []).length === 0) {
    errors.push(refuse(families, 'primary ipFamily can not be unset'))
  }
  if (now.length > 0 && before.length > 0 && now[0] !== before[0]) errors.push(refuse(ips, once))
  if (released && now.length === 1) append(errors, validateRelease(service, 'ipFamily'))
  return errors
}

function validateRelease({ spec }: Service, what: 'clusterIP' | 'ipFamily'): FieldError[] {
  if (spec?.ipFamilyPolicy === 'SingleStack') return []
  const text = `must be set to 'SingleStack' when releasing the secondary ${what}`
  return [field.invalid('spec.ipFamilyPolicy', spec?.ipFamilyPolicy ?? null, text)]
}
