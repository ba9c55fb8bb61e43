import type { Container } from '@kubets/api-types'
import { Quantity } from '@kubets/apimachinery'

/** `resourceFieldRef`: requests or limits of a container as a number, rounded up in units of the divisor. Limits not set are the node's. */
export function resourceField(
  container: Container,
  resource: string,
  divisor: string | undefined,
  allocatable: Readonly<Record<string, string>>,
): string {
  const [which, ...rest] = resource.split('.')
  const name = rest.join('.')
  if ((which !== 'limits' && which !== 'requests') || name === '')
    throw new Error(`unsupported container resource : ${resource}`)
  const list = container.resources?.[which] as Record<string, string> | undefined
  const text = list?.[name] ?? (which === 'limits' ? allocatable[name] : undefined) ?? '0'
  const value = Quantity.parse(text).nanos
  const unit =
    divisor === undefined || divisor === '0' || divisor === '' ? 1_000_000_000n : Quantity.parse(divisor).nanos
  return String((value + unit - 1n) / unit)
}
