/** For tests of any room: random objects of every kind. */

export { ecRequest } from '../kinds/certificates/testdata/certificates.ts'
export { ObjectGenerator } from './object-generator.ts'
