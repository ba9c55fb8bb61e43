import type { Builder } from './builder.ts'
import { type Expression, formerAccumulator, hiddenAccumulator } from './expression.ts'
import { operator } from './operators.ts'

/** What a macro makes of a call, or what is wrong with its arguments. */
export type Expansion = Expression | { error: string; at: number }

export interface MacroCall {
  make: Builder
  /** Where the call's parenthesis opens. */
  at: number
  target: Expression | undefined
  args: Expression[]
}

type Macro = (call: MacroCall) => Expansion

export type Macros = 'usual' | 'with cel.bind'

/** The macro of a call; most functions are none. */
export function findMacro(
  name: string,
  argumentCount: number,
  target: Expression | undefined,
  which: Macros,
): Macro | undefined {
  if (which === 'with cel.bind' && name === 'bind' && argumentCount === 3)
    if (target?.kind === 'identifier' && target.name === 'cel') return bind
  return macros.get(`${name}:${argumentCount}:${target !== undefined}`)
}

function bind({ make, at, args }: MacroCall): Expansion {
  const [name, value, result] = args as [Expression, Expression, Expression]
  if (name.kind !== 'identifier') return failed('cel.bind() variable names must be simple identifiers', name.at)
  return make.comprehension(at, {
    range: make.list(at, []),
    variable: '#unused',
    accumulator: name.name,
    initial: value,
    condition: make.literal(at, false),
    step: make.identifier(at, name.name),
    result,
  })
}

const failed = (error: string, at: number): Expansion => ({ error, at })
const isFailed = (value: unknown): value is { error: string; at: number } =>
  typeof value === 'object' && value !== null && 'error' in value

function has({ make, at, args: [argument] }: MacroCall): Expansion {
  if (argument?.kind !== 'select') return failed('invalid argument to has() macro', (argument as Expression).at)
  return make.select(at, argument.operand, argument.field, true)
}

type Quantifier = 'all' | 'exists' | 'existsOne'

/** Start, condition, step and result of the fold that a quantifier is. */
function quantifierParts(which: Quantifier, { make, at }: MacroCall, predicate: Expression) {
  const accumulator = () => make.accumulator(at)
  switch (which) {
    case 'all':
      return {
        initial: make.literal(at, true),
        condition: make.call(at, operator.notStrictlyFalse, accumulator()),
        step: make.call(at, operator.and, accumulator(), predicate),
        result: accumulator(),
      }
    case 'exists':
      return {
        initial: make.literal(at, false),
        condition: make.call(at, operator.notStrictlyFalse, make.call(at, operator.not, accumulator())),
        step: make.call(at, operator.or, accumulator(), predicate),
        result: accumulator(),
      }
    case 'existsOne':
      return {
        initial: make.literal(at, 0n),
        condition: make.literal(at, true),
        step: make.call(
          at,
          operator.conditional,
          predicate,
          make.call(at, operator.add, accumulator(), make.literal(at, 1n)),
          accumulator(),
        ),
        result: make.call(at, operator.equals, accumulator(), make.literal(at, 1n)),
      }
  }
}

function variable(argument: Expression, message: string): string | { error: string; at: number } {
  if (argument.kind !== 'identifier') return { error: message, at: argument.at }
  if (argument.name === hiddenAccumulator || argument.name === formerAccumulator)
    return { error: 'iteration variable overwrites accumulator variable', at: argument.at }
  return argument.name
}

const quantifier =
  (which: Quantifier): Macro =>
  call => {
    const [name, predicate] = call.args as [Expression, Expression]
    const found = variable(name, 'argument must be a simple name')
    if (isFailed(found)) return found
    return call.make.comprehension(call.at, {
      range: call.target as Expression,
      variable: found,
      accumulator: hiddenAccumulator,
      ...quantifierParts(which, call, predicate),
    })
  }

function map(call: MacroCall): Expansion {
  const { make, at, args } = call
  const found = variable(args[0] as Expression, 'argument is not an identifier')
  if (isFailed(found)) return found
  const [filter, transform] = args.length === 3 ? [args[1], args[2]] : [undefined, args[1]]
  return listComprehension(call, { variable: found }, make.list(at, [transform as Expression]), filter)
}

function filter(call: MacroCall): Expansion {
  const { make, at, args } = call
  const name = args[0] as Expression
  const found = variable(name, 'argument is not an identifier')
  if (isFailed(found)) return found
  return listComprehension(call, { variable: found }, make.list(at, [name]), args[1])
}

function listComprehension(
  { make, at, target }: MacroCall,
  variables: { variable: string; variable2?: string },
  added: Expression,
  filter: Expression | undefined,
): Expression {
  const accumulator = () => make.accumulator(at)
  const add = make.call(at, operator.add, accumulator(), added)
  return make.comprehension(at, {
    range: target as Expression,
    ...variables,
    accumulator: hiddenAccumulator,
    initial: make.list(at, []),
    condition: make.literal(at, true),
    step: filter === undefined ? add : make.call(at, operator.conditional, filter, add, accumulator()),
    result: accumulator(),
  })
}

function twoVariables([first, second]: Expression[]):
  | { variable: string; variable2: string }
  | { error: string; at: number } {
  for (const each of [first, second] as Expression[])
    if (each.kind !== 'identifier') return { error: 'argument must be a simple name', at: each.at }
  const [one, two] = [first, second] as [Expression & { name: string }, Expression & { name: string }]
  if (one.name === two.name) return { error: `duplicate variable name: ${one.name}`, at: two.at }
  for (const each of [one, two]) {
    const found = variable(each, '')
    if (isFailed(found)) return found
  }
  return { variable: one.name, variable2: two.name }
}

const quantifier2 =
  (which: Quantifier): Macro =>
  call => {
    const found = twoVariables(call.args)
    if (isFailed(found)) return found
    return call.make.comprehension(call.at, {
      range: call.target as Expression,
      ...found,
      accumulator: hiddenAccumulator,
      ...quantifierParts(which, call, call.args[2] as Expression),
    })
  }

function transformList(call: MacroCall): Expansion {
  const found = twoVariables(call.args)
  if (isFailed(found)) return found
  const [filter, transform] = call.args.length === 4 ? [call.args[2], call.args[3]] : [undefined, call.args[2]]
  return listComprehension(call, found, call.make.list(call.at, [transform as Expression]), filter)
}

const transformMap =
  (entries: 'values' | 'entries'): Macro =>
  call => {
    const { make, at, args } = call
    const found = twoVariables(args)
    if (isFailed(found)) return found
    const [filter, transform] = args.length === 4 ? [args[2], args[3]] : [undefined, args[2]]
    const accumulator = () => make.accumulator(at)
    const insert =
      entries === 'values'
        ? make.call(at, operator.mapInsert, accumulator(), make.identifier(at, found.variable), transform as Expression)
        : make.call(at, operator.mapInsert, accumulator(), transform as Expression)
    return make.comprehension(at, {
      range: call.target as Expression,
      ...found,
      accumulator: hiddenAccumulator,
      initial: make.map(at, []),
      condition: make.literal(at, true),
      step: filter === undefined ? insert : make.call(at, operator.conditional, filter, insert, accumulator()),
      result: accumulator(),
    })
  }

/** `target.optMap(v, f)`: f of the value if there is one. The value is bound by a fold over nothing. */
const optionalMap =
  (result: 'wrapped' | 'flat'): Macro =>
  ({ make, at, target, args }) => {
    const [name, transform] = args as [Expression, Expression]
    const macro = result === 'wrapped' ? 'optMap' : 'optFlatMap'
    if (name.kind !== 'identifier') return failed(`${macro}() variable name must be a simple identifier`, name.at)
    const bound = make.comprehension(at, {
      range: make.list(at, []),
      variable: '#unused',
      accumulator: name.name,
      initial: make.memberCall(at, 'value', make.copy(target as Expression)),
      condition: make.literal(at, false),
      step: make.identifier(at, name.name),
      result: transform,
    })
    return make.call(
      at,
      operator.conditional,
      make.memberCall(at, 'hasValue', target as Expression),
      result === 'wrapped' ? make.call(at, 'optional.of', bound) : bound,
      make.call(at, 'optional.none'),
    )
  }

/** `list.sortBy(v, key)`: the list is bound to a name, since it is used twice. */
function sortBy(call: MacroCall): Expansion {
  const { make, at, target } = call
  const input = '@__sortBy_input__'
  const list = target as Expression
  if (!['list', 'select', 'identifier', 'comprehension', 'call'].includes(list.kind))
    return failed('sortBy can only be applied to a list, identifier, comprehension, call or select expression', list.at)
  const keys = map({ ...call, target: make.identifier(at, input) })
  if ('error' in keys) return keys
  return make.comprehension(at, {
    range: make.list(at, []),
    variable: '#unused',
    accumulator: input,
    initial: list,
    condition: make.literal(at, false),
    step: make.identifier(at, input),
    result: make.memberCall(at, '@sortByAssociatedKeys', make.identifier(at, input), keys),
  })
}

const macros = new Map<string, Macro>([
  ['has:1:false', has],
  ['all:2:true', quantifier('all')],
  ['exists:2:true', quantifier('exists')],
  ['exists_one:2:true', quantifier('existsOne')],
  ['existsOne:2:true', quantifier('existsOne')],
  ['map:2:true', map],
  ['map:3:true', map],
  ['filter:2:true', filter],
  ['all:3:true', quantifier2('all')],
  ['exists:3:true', quantifier2('exists')],
  ['exists_one:3:true', quantifier2('existsOne')],
  ['existsOne:3:true', quantifier2('existsOne')],
  ['transformList:3:true', transformList],
  ['transformList:4:true', transformList],
  ['transformMap:3:true', transformMap('values')],
  ['transformMap:4:true', transformMap('values')],
  ['transformMapEntry:3:true', transformMap('entries')],
  ['transformMapEntry:4:true', transformMap('entries')],
  ['sortBy:2:true', sortBy],
  ['optMap:2:true', optionalMap('wrapped')],
  ['optFlatMap:2:true', optionalMap('flat')],
])
