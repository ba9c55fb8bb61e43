/** For tests of any room: random objects of every kind. */
export { ObjectGenerator } from './object-generator.ts'
