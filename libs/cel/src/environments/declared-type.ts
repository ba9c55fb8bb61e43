import type { TypeProvider } from '../check/declarations.ts'
import {
  boolType,
  doubleType,
  durationType,
  dynType,
  intType,
  listType,
  mapType,
  stringType,
  structType,
  type Type,
  timestampType,
} from '../check/types.ts'
import type { EstimateSize } from '../cost/estimate.ts'
import { quantityType } from '../functions/quantities.ts'
import type { ListOrder } from './declared-list.ts'
import { reservedWords } from './escape-name.ts'

/** A type with what is known of the size of its values. */
export interface DeclaredType {
  readonly type: Type
  /** Characters, bytes, elements or entries; for scalars 0, as upstream has it. */
  readonly maxElements: bigint
  /** The fewest bytes that such a value takes in JSON. */
  readonly minSize: number
  readonly key?: DeclaredType
  readonly element?: DeclaredType
  /** Of a list: how its items are told apart. Left out: by their places. */
  readonly order?: ListOrder
  readonly fields?: ReadonlyMap<string, DeclaredType>
}

/** How large a request may be, in bytes. */
export const maxRequestSize = 3 * 1024 * 1024
/** Whatever is not bounded: upstream writes -1 into 64 bits. */
const boundless = 2n ** 64n - 1n

const scalar = (type: Type, minSize: number): DeclaredType => ({ type, maxElements: 0n, minSize })

export const declared = {
  bool: scalar(boolType, 4),
  int: scalar(intType, 1),
  double: scalar(doubleType, 1),
  dyn: scalar(dynType, 1),
  string: { ...scalar(stringType, 2), maxElements: BigInt(maxRequestSize - 2) },
  quantity: { ...scalar(quantityType, 8), maxElements: BigInt(maxRequestSize) },
  timestamp: scalar(timestampType, 21),
  duration: scalar(durationType, 3),
} as const

export const declaredList = (
  element: DeclaredType,
  maxElements: bigint = boundless,
  order?: ListOrder,
): DeclaredType => ({
  type: listType(element.type),
  maxElements,
  minSize: 2,
  element,
  ...(order === undefined ? {} : { order }),
})

export const declaredMap = (
  key: DeclaredType,
  element: DeclaredType,
  maxElements: bigint = boundless,
): DeclaredType => ({
  type: mapType(key.type, element.type),
  maxElements,
  minSize: 2,
  key,
  element,
})

export const declaredStruct = (
  name: string,
  fields: Readonly<Record<string, DeclaredType>> | ReadonlyMap<string, DeclaredType>,
  minSize = 2,
): DeclaredType => ({
  type: structType(name),
  maxElements: 0n,
  minSize,
  fields: fields instanceof Map ? fields : new Map(Object.entries(fields)),
})

/** The structs that are reachable from some types, by name. */
export function providerOf(...roots: readonly DeclaredType[]): TypeProvider {
  const structs = new Map<string, DeclaredType>()
  const collect = (declaredType: DeclaredType | undefined): void => {
    if (declaredType === undefined) return
    if (declaredType.fields !== undefined && !structs.has(declaredType.type.name)) {
      structs.set(declaredType.type.name, declaredType)
      for (const each of declaredType.fields.values()) collect(each)
    }
    collect(declaredType.key)
    collect(declaredType.element)
  }
  for (const root of roots) collect(root)
  return {
    findStruct: name => structs.get(name)?.type,
    findField: (typeName, field) => {
      const fields = structs.get(typeName)?.fields
      // a reserved word may also be written as it is
      const found = fields?.get(field) ?? (reservedWords.has(field) ? fields?.get(`__${field}__`) : undefined)
      return found?.type
    },
  }
}

/** The sizes that declared types tell; `rootOf` gives the type of a variable. `otherwise`: fields that no type names. */
export function sizesOf(
  rootOf: (variable: string) => DeclaredType | undefined,
  otherwise?: (parent: DeclaredType) => DeclaredType | undefined,
): EstimateSize {
  return ({ path }) => {
    const [variable, ...steps] = path
    if (variable === undefined) return undefined
    let here = rootOf(variable)
    for (const step of steps) {
      if (here === undefined) return undefined
      if (step === '@items' || step === '@values') here = here.element
      else if (step === '@keys') here = here.key
      else here = here.fields?.get(step) ?? otherwise?.(here)
    }
    return here === undefined ? undefined : { min: 0n, max: here.maxElements }
  }
}
