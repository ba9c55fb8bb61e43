import type { Taint, Toleration } from '@kubets/api-types'

/** Whether one of the tolerations covers the taint (v1.Toleration's rules). */
export function isTolerated(tolerations: readonly Toleration[], taint: Taint): boolean {
  return tolerations.some(toleration => {
    if (toleration.effect && toleration.effect !== taint.effect) return false
    if (toleration.key && toleration.key !== taint.key) return false
    if ((toleration.operator ?? 'Equal') === 'Exists') return true
    if (!toleration.key) return false
    return (toleration.value ?? '') === (taint.value ?? '')
  })
}
