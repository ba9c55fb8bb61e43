import { Quantity, QuantityError } from '@kubets/apimachinery'
import type { ResourceList } from './checks.ts'
import { isHugePages } from './names.ts'

function pageSize(name: string): bigint | undefined {
  try {
    const size = Quantity.parse(name.slice('hugepages-'.length))
    return size.sign() > 0 && size.isInteger() ? size.asInt() : undefined
  } catch (error) {
    if (error instanceof QuantityError) return undefined
    throw error
  }
}

/** Whole pages: `hugepages-2Mi: 4Mi`, not `3Mi`. */
export function isWholePages(name: string, amount: Quantity): boolean {
  const size = pageSize(name)
  return size !== undefined && amount.asInt() % size === 0n
}

export function hasIndivisibleHugePages(list: ResourceList | undefined): boolean {
  for (const name in list) {
    if (isHugePages(name) && !isWholePages(name, Quantity.parse(list[name] ?? '0'))) return true
  }
  return false
}
