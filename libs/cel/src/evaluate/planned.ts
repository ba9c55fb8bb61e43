import { type Attribute, ConditionalAttribute, type Step } from './attributes.ts'
import type { Value } from './values.ts'

/** A part of an expression, ready to run: a constant, something with a path, or anything else. */
export type Planned =
  | { kind: 'constant'; value: Value; run: Step }
  | { kind: 'attribute'; attribute: Attribute; run: Step }
  | { kind: 'other'; run: Step }

export const constant = (value: Value): Planned => ({ kind: 'constant', value, run: () => value })

export function attribute(made: Attribute): Planned {
  return {
    kind: 'attribute',
    attribute: made,
    run: frame => {
      const value = made.resolve(frame)
      if (!(made instanceof ConditionalAttribute)) frame.charge(1)
      return value
    },
  }
}
