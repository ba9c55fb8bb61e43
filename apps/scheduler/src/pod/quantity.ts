import { Quantity, QuantityError } from '@kubets/apimachinery'

/**
 * A quantity as a number that fits a column, rounded up to whole `unit`s (0.001 for CPU). Doubles are exact to 2^53,
 * which is 8 PiB in bytes. What is no quantity counts as 0: the server has refused it long before.
 */
export function quantityIn(text: string | number | undefined, unit: 1 | 0.001): number {
  if (text === undefined) return 0
  try {
    const quantity = Quantity.parse(text)
    return Number(unit === 1 ? quantity.asInt() : quantity.toMilli())
  } catch (error) {
    if (error instanceof QuantityError) return 0
    throw error
  }
}
