import { operator } from '../syntax/operators.ts'
import type { Step } from './attributes.ts'
import { callCost } from './call-cost.ts'
import { equal } from './compare.ts'
import { constant, type Planned } from './planned.ts'
import { Failure, isList, noSuchOverload, Optional, Uint } from './values.ts'

/** `&&` (until: false) and `||` (until: true): one side that decides is enough, whatever the other is. */
export function logical(args: Planned[], until: boolean): Planned {
  const terms = args.map(each => each.run)
  return {
    kind: 'other',
    run: frame => {
      let failure: Failure | undefined
      for (const term of terms) {
        const value = term(frame)
        if (value === until) return until
        if (typeof value !== 'boolean') failure ??= value instanceof Failure ? value : noSuchOverload
      }
      return failure ?? !until
    },
  }
}

export function equality(name: string, args: Planned[]): Planned {
  const [left, right] = args.map(each => each.run) as [Step, Step]
  const overload = name === operator.equals ? 'equals' : 'not_equals'
  const wanted = name === operator.equals
  return {
    kind: 'other',
    run: frame => {
      const a = left(frame)
      const b = right(frame)
      const result = a instanceof Failure ? a : b instanceof Failure ? b : equal(a, b) === wanted
      frame.charge(callCost(name, overload, [a, b], result))
      return result
    },
  }
}

export function orElse([left, right]: Planned[], unwrap: boolean): Planned {
  const [first, second] = [(left as Planned).run, (right as Planned).run]
  return {
    kind: 'other',
    run: frame => {
      const value = first(frame)
      if (!(value instanceof Optional)) return value
      if (value.value === undefined) return second(frame)
      return unwrap ? value.value : value
    },
  }
}

export function notStrictlyFalse({ run }: Planned): Planned {
  return {
    kind: 'other',
    run: frame => {
      const value = run(frame)
      frame.charge(1)
      return typeof value === 'boolean' ? value : true
    },
  }
}

/** `x in ['a', 'b']` with constants costs no more than x. */
export function constantMembership([element, list]: [Planned, Planned]): Planned | undefined {
  if (list.kind !== 'constant' || !isList(list.value)) return undefined
  const values = list.value
  if (values.length === 0) return constant(false)
  if (values.some(each => typeof each === 'object' && each !== null && !(each instanceof Uint))) return undefined
  const strings = new Set(values.filter(each => typeof each === 'string'))
  const others = values.filter(each => typeof each !== 'string')
  return {
    kind: 'other',
    run: frame => {
      const value = element.run(frame)
      if (value instanceof Failure) return value
      return typeof value === 'string' ? strings.has(value) : others.some(each => equal(each, value))
    },
  }
}
