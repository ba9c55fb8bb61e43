import { builtinCatalogue, type Catalogue, createCatalogue } from '@kubets/api-types'

/** The core group alone: tests put kinds of their own beside it. */
export const coreCatalogue: Catalogue = createCatalogue(builtinCatalogue.entries.filter(e => e.group === ''))
