import { aggregate, type FieldError, field, isDns1123Label, isDns1123Subdomain } from '@kubets/apimachinery'
import type { PodSecurityConfiguration } from '../plugins/pod-security/configuration.ts'
import {
  type LevelVersion,
  latest,
  levelError,
  type Mode,
  parseLevel,
  parseVersion,
  versionError,
} from '../plugins/pod-security/policy.ts'
import { type Document, kindError, members, object, text, texts } from './document.ts'

const versions = ['v1', 'v1beta1', 'v1alpha1'].map(version => `pod-security.admission.config.k8s.io/${version}`)
const modes: readonly Mode[] = ['enforce', 'audit', 'warn']

/** @throws Error with upstream's texts. */
export function readPodSecurity(document: Document): PodSecurityConfiguration {
  if (document.kind !== 'PodSecurityConfiguration' || !versions.includes(String(document.apiVersion)))
    throw kindError(document)
  members(document, '', ['apiVersion', 'kind', 'defaults', 'exemptions'])
  const errors: FieldError[] = []
  const defaults = object(document.defaults ?? {}, 'defaults')
  members(
    defaults,
    'defaults.',
    modes.flatMap(mode => [mode, `${mode}-version`]),
  )
  const of = (mode: Mode): LevelVersion => {
    const [level, version] = [
      text(defaults[mode], `defaults.${mode}`) || 'privileged',
      text(defaults[`${mode}-version`], `defaults.${mode}-version`) || 'latest',
    ]
    const [readLevel, readVersion] = [parseLevel(level), parseVersion(version)]
    if (readLevel === undefined) errors.push(field.invalid(`defaults.${mode}`, level, levelError))
    if (readVersion === undefined) errors.push(field.invalid(`defaults.${mode}-version`, version, versionError))
    return { level: readLevel ?? 'restricted', version: readVersion ?? latest }
  }
  // errors are told in this order
  const [enforce, warn, audit] = [of('enforce'), of('warn'), of('audit')]
  const exemptions = object(document.exemptions ?? {}, 'exemptions')
  members(exemptions, 'exemptions.', ['usernames', 'namespaces', 'runtimeClasses'])
  const names = (member: string, check: (name: string) => string[]) => {
    const all = texts(exemptions[member], `exemptions.${member}`)
    all.forEach((name, i) => {
      const wrong = check(name)
      const path = `exemptions.${member}[${i}]`
      if (wrong.length > 0) errors.push(field.invalid(path, name, wrong.join(', ')))
      else if (all.indexOf(name) < i) errors.push(field.duplicate(path, name))
    })
    return all
  }
  const read = {
    defaults: { enforce, audit, warn },
    exemptions: {
      namespaces: names('namespaces', isDns1123Label),
      runtimeClasses: names('runtimeClasses', isDns1123Subdomain),
      usernames: names('usernames', name => (name === '' ? ['username must not be empty'] : [])),
    },
  }
  if (errors.length > 0) throw new Error(aggregate(errors))
  return read
}
