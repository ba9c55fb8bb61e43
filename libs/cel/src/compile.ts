import { type Checked, check } from './check/checker.ts'
import type { Environment } from './check/environment.ts'
import { checkLiterals } from './check/literal-checks.ts'
import { errorType, type Type } from './check/types.ts'
import type { Result } from './evaluate/attributes.ts'
import { BudgetExceeded, Frame, perCallLimit } from './evaluate/budget.ts'
import { type MakeStruct, plan } from './evaluate/plan.ts'
import { Failure, type Value } from './evaluate/values.ts'
import { parse } from './syntax/parser.ts'
import { displayIssues, type Issue, Source } from './syntax/source.ts'

/** An expression that is right. */
export interface Program {
  readonly outputType: Type
  /** For estimates of what it may cost. */
  readonly checked: Checked
  /** Why it cannot be run although its types are right: a constant that cannot be converted, for instance. */
  readonly unready: string | undefined
  /** `variables`: by name, as CEL's values. `budget` in units, default 1,000,000. */
  evaluate(variables: (name: string) => Value | undefined, budget?: number): Outcome
}

export interface Outcome {
  /** A {@link Failure} says why there is no value. */
  readonly result: Value | Failure
  /** What it cost, in units. */
  readonly cost: number
  /** The budget was used up. */
  readonly exceeded: boolean
}

/** What is wrong with an expression, as kube-apiserver shows it: with line, column and a caret below the place. */
export class CompileError extends Error {
  override readonly name = 'CompileError'
  readonly issues: readonly Issue[]
  constructor(source: Source, issues: readonly Issue[]) {
    super(displayIssues(source, issues))
    this.issues = issues
  }
}

/** Parses, checks and plans an expression. Returns what is wrong instead of throwing it. */
export function compileExpression(
  environment: Environment,
  text: string,
  options: { makeStruct?: MakeStruct } = {},
): Program | CompileError {
  const source = new Source(text)
  const { expression, issues } = parse(source, environment.macros)
  if (issues.length > 0) return new CompileError(source, issues)
  const checked = check(expression, source, environment, issues)
  if (issues.length === 0) checkLiterals(checked, source, issues)
  if (issues.length > 0) return new CompileError(source, issues)
  return program(checked, environment, options.makeStruct)
}

function program(checked: Checked, environment: Environment, makeStruct: MakeStruct | undefined): Program {
  const planned = plan(checked, environment, makeStruct)
  return {
    outputType: checked.types.get(checked.expression.id) ?? errorType,
    checked,
    unready: planned instanceof Failure ? planned.message : undefined,
    evaluate(variables, budget = perCallLimit) {
      if (planned instanceof Failure) return { result: planned, cost: 0, exceeded: false }
      const frame = new Frame(variables, planned.slots, budget)
      try {
        const result: Result = planned.run(frame)
        return { result, cost: frame.cost, exceeded: false }
      } catch (error) {
        if (!(error instanceof BudgetExceeded)) throw error
        return { result: new Failure(error.message), cost: frame.cost, exceeded: true }
      }
    },
  }
}
