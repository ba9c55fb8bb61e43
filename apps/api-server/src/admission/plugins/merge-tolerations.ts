import type { Toleration } from '@kubets/api-types'
import { semanticEqual } from '@kubets/apimachinery'

/** Leaves out what another one tolerates as well; of equal ones the first stays. */
export function mergeTolerations(all: readonly Toleration[]): Toleration[] {
  const merged: Toleration[] = []
  all.forEach((each, i) => {
    const known = merged.some(other => covers(other, each))
    const wider = all.slice(i + 1).some(other => !semanticEqual(each, other) && covers(other, each))
    if (!known && !wider) merged.push(each)
  })
  return merged
}

export function covers(wide: Toleration, narrow: Toleration): boolean {
  if (semanticEqual(wide, narrow)) return true
  const [key, operator, effect] = [wide.key ?? '', wide.operator ?? '', wide.effect ?? '']
  // without a key it tolerates everything
  if ((narrow.key ?? '') !== key && (key !== '' || operator !== 'Exists')) return false
  if ((narrow.effect ?? '') !== effect && effect !== '') return false
  if (effect === 'NoExecute' && wide.tolerationSeconds !== undefined) {
    if (narrow.tolerationSeconds === undefined || narrow.tolerationSeconds > wide.tolerationSeconds) return false
  }
  if (operator === 'Exists') return true
  if (operator !== '' && operator !== 'Equal') return false
  return narrow.operator === 'Equal' && (narrow.value ?? '') === (wide.value ?? '')
}
