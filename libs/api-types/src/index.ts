/** The catalogue of kinds: types, schemas, defaulting, validation, printer columns. */
export type * from './catalogue/contract.ts'
export type * from './wire.ts'
