/** How JSON is printed for people: who gets it so ({@link isPretty}), what is short ({@link indented}), and what is long ({@link PrettyWriter}). */
export { indented } from './indented.ts'
export { isPretty } from './is-pretty.ts'
export { PrettyWriter } from './pretty-writer.ts'
