import { isNotFound } from '@kubets/apimachinery'
import { deleteObject, warnOfOrphans } from './delete.ts'
import { deleteOptions } from './delete-options.ts'
import { readPage } from './list.ts'
import { respondList } from './list-writer.ts'
import type { Verb } from './rest.ts'

/** Deletes run side by side: one after the other a thousand objects would wait for a thousand commits. */
const workers = 16

/** DELETE on a collection: what the selectors match. Answers with the list of what was deleted. */
export const deleteCollection: Verb = async (rest, context, entry) => {
  const options = await deleteOptions(rest, context)
  const page = await readPage(rest, context, entry)
  warnOfOrphans(context, entry, options)
  const queue = [...page.entries]
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { 'metadata.namespace': namespace = '', 'metadata.name': name = '' } = next.fields
      try {
        await deleteObject(rest, context, entry, namespace, name, options)
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(workers, queue.length) }, work))
  return respondList(rest, context, entry, page)
}
