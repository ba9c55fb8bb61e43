/** Whether LMDB's file is whole, before LMDB opens it: it has no checksums, believes all that it reads, and may end the process. */
export {
  checkDataFile,
  type FileRules,
  newestTransaction,
  type TableRules,
  type Which,
} from './check-data-file.ts'
export { PageDamage } from './damage.ts'
