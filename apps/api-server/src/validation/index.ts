/** Asks the rules of a kind, in a thread of its own where that takes long. */
export { judge } from './judge.ts'
export { ValidationThread } from './validation-thread.ts'
