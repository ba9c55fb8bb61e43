import { Environment, noStructs } from '../check/environment.ts'
import {
  boolType,
  bytesType,
  doubleType,
  durationType,
  dynType,
  intType,
  listType,
  mapType,
  nullType,
  stringType,
  type Type,
  timestampType,
  typeType,
  uintType,
} from '../check/types.ts'
import { addresses } from './addresses.ts'
import { arithmetic } from './arithmetic.ts'
import { authorization } from './authorization.ts'
import { conversions } from './conversions.ts'
import { namedFormats } from './formats.ts'
import { kubernetesLists, lists, sets } from './lists.ts'
import { optionals } from './optionals.ts'
import { quantities } from './quantities.ts'
import { regex } from './regex.ts'
import { semanticVersions } from './semantic-versions.ts'
import { strings } from './strings.ts'
import { timestampFunctions } from './timestamps.ts'
import { urls } from './urls.ts'

const languageTypes: readonly Type[] = [
  boolType,
  bytesType,
  doubleType,
  durationType,
  intType,
  listType(dynType),
  mapType(dynType, dynType),
  nullType,
  stringType,
  timestampType,
  typeType,
  uintType,
]

/** What every expression in Kubernetes v1.36 may use. */
export const baseEnvironment: Environment = new Environment(
  new Map(),
  new Map(),
  new Map(languageTypes.map(type => [type.name, type])),
  noStructs,
).extend({
  libraries: [
    arithmetic,
    conversions,
    timestampFunctions,
    strings,
    urls,
    regex,
    kubernetesLists,
    authorization,
    optionals,
    quantities,
    sets,
    addresses,
    namedFormats,
    semanticVersions,
    lists,
  ],
})
