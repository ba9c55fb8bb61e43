/** Thrown when an evaluation costs more than it may. */
export class BudgetExceeded extends Error {
  override readonly name = 'BudgetExceeded'
  constructor() {
    super('operation cancelled: actual cost limit exceeded')
  }
}

/** What one evaluation may cost in Kubernetes, and what all expressions of one object may. */
export const perCallLimit = 1_000_000
export const perObjectLimit = 10_000_000

/** One run of a program: its variables, what it has cost, and the values of loops. */
export class Frame {
  readonly variables: (name: string) => unknown
  readonly slots: unknown[]
  cost = 0
  readonly #limit: number

  constructor(variables: (name: string) => unknown, slots: number, limit: number) {
    this.variables = variables
    this.slots = new Array(slots)
    this.#limit = limit
  }

  charge(units: number): void {
    this.cost += units
    if (this.cost > this.#limit) throw new BudgetExceeded()
  }
}
