/** How JSON is printed for people: who gets it so ({@link isPretty}), and how it looks ({@link JsonIndenter}). */
export { indented } from './indented.ts'
export { isPretty } from './is-pretty.ts'
export { PrettyWriter } from './pretty-writer.ts'
