import { Quantity, QuantityError } from '@kubets/apimachinery'
import { declare, type Library } from '../check/declarations.ts'
import { structType, type Type } from '../check/types.ts'
import { Failure, LibraryValue } from '../evaluate/values.ts'

export const quantityType = structType('kubernetes.Quantity')
const types = new Map([['quantity', quantityType]])

export class QuantityValue extends LibraryValue {
  readonly type: Type = quantityType
  readonly quantity: Quantity

  constructor(quantity: Quantity) {
    super()
    this.quantity = quantity
  }
  equals(other: LibraryValue): boolean {
    return other instanceof QuantityValue && this.quantity.compare(other.quantity) === 0
  }
}

function read(text: string): QuantityValue | Failure {
  try {
    if (text !== text.trim()) return new Failure(Quantity.parse('x').toString())
    return new QuantityValue(Quantity.parse(text))
  } catch (error) {
    if (error instanceof QuantityError) return new Failure(error.message)
    throw error
  }
}

const greatest = 2n ** 63n - 1n
const fits = ({ quantity }: QuantityValue) =>
  quantity.isInteger() && quantity.asInt() <= greatest && quantity.asInt() >= -greatest - 1n
const other = (value: QuantityValue | bigint) =>
  typeof value === 'bigint' ? Quantity.of(value, 'DecimalExponent') : value.quantity

export const quantities: Library = {
  name: 'quantities',
  types,
  functions: [
    declare('quantity', { string_to_quantity: '(string) -> quantity' }, read, types),
    declare(
      'isQuantity',
      { is_quantity_string: '(string) -> bool' },
      (text: string) => !(read(text) instanceof Failure),
    ),
    declare(
      'sign',
      { quantity_sign: '(quantity) -> int' },
      ({ quantity }: QuantityValue) => BigInt(quantity.sign()),
      types,
    ),
    declare(
      'isGreaterThan',
      { quantity_is_greater_than: 'quantity.(quantity) -> bool' },
      (a: QuantityValue, b: QuantityValue) => a.quantity.compare(b.quantity) > 0,
      types,
    ),
    declare(
      'isLessThan',
      { quantity_is_less_than: 'quantity.(quantity) -> bool' },
      (a: QuantityValue, b: QuantityValue) => a.quantity.compare(b.quantity) < 0,
      types,
    ),
    declare(
      'compareTo',
      { quantity_compare_to: 'quantity.(quantity) -> int' },
      (a: QuantityValue, b: QuantityValue) => BigInt(a.quantity.compare(b.quantity)),
      types,
    ),
    declare(
      'asApproximateFloat',
      { quantity_get_float: 'quantity.() -> double' },
      ({ quantity }: QuantityValue) => quantity.toNumber(),
      types,
    ),
    declare(
      'asInteger',
      { quantity_get_int: 'quantity.() -> int' },
      (value: QuantityValue) => (fits(value) ? value.quantity.asInt() : new Failure('cannot convert value to integer')),
      types,
    ),
    declare('isInteger', { quantity_is_integer: 'quantity.() -> bool' }, fits, types),
    declare(
      'add',
      { quantity_add: 'quantity.(quantity) -> quantity', quantity_add_int: 'quantity.(int) -> quantity' },
      (a: QuantityValue, b: QuantityValue | bigint) => new QuantityValue(a.quantity.add(other(b))),
      types,
    ),
    declare(
      'sub',
      { quantity_sub: 'quantity.(quantity) -> quantity', quantity_sub_int: 'quantity.(int) -> quantity' },
      (a: QuantityValue, b: QuantityValue | bigint) => new QuantityValue(a.quantity.sub(other(b))),
      types,
    ),
  ],
}
