/** One number for each node, side by side in memory; grows with the table. */
export class Column {
  values: Float64Array

  constructor(capacity: number) {
    this.values = new Float64Array(capacity)
  }

  grow(capacity: number): void {
    const values = new Float64Array(capacity)
    values.set(this.values)
    this.values = values
  }
}

/** What a node has of a resource and what its pods ask for. */
export class ResourceColumns {
  readonly allocatable: Column
  readonly requested: Column

  constructor(capacity: number) {
    this.allocatable = new Column(capacity)
    this.requested = new Column(capacity)
  }

  grow(capacity: number): void {
    this.allocatable.grow(capacity)
    this.requested.grow(capacity)
  }
}
