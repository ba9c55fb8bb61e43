import type { Pod } from '../../../../wire.ts'
import { appArmorContainer } from './annotations.ts'
import { type AppArmorProfile, profileOfAnnotation } from './app-armor.ts'
import { allContainers } from './containers.ts'
import { validateAppArmor } from './validation/profiles.ts'
import { appArmorDeprecated } from './warnings.ts'

const same = (a: AppArmorProfile, b: AppArmorProfile | undefined) =>
  a.type === b?.type && a.localhostProfile === b.localhostProfile

function hasOldProfile(annotations: Readonly<Record<string, string>>): boolean {
  for (const key in annotations) if (key.startsWith(appArmorContainer)) return true
  return false
}

/** A new pod's containers get the AppArmor profiles that old annotations name, where they have none. In place; gives the warnings. */
export function syncAppArmor({ metadata, spec }: Pod): readonly string[] {
  const annotations = metadata?.annotations
  if (annotations === undefined || spec === undefined || spec.os?.name === 'windows') return []
  const warnings: string[] = []
  if (!hasOldProfile(annotations)) return warnings
  for (const container of allContainers(spec)) {
    const key = appArmorContainer + container.name
    const annotation = annotations[key]
    if (annotation === undefined || container.securityContext?.appArmorProfile !== undefined) continue
    const profile = profileOfAnnotation(annotation)
    const right = profile !== undefined && validateAppArmor(profile, '').length === 0
    // What the whole pod has need not be said again.
    if (right && same(profile, spec.securityContext?.appArmorProfile)) continue
    if (right) container.securityContext = { ...container.securityContext, appArmorProfile: profile }
    warnings.push(`metadata.annotations[${key}]: ${appArmorDeprecated}`)
  }
  return warnings
}
