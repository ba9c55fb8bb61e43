import { lease } from '../kinds/coordination/v1/lease/index.ts'
import { binding } from '../kinds/core/v1/binding/index.ts'
import { configMap } from '../kinds/core/v1/config-map/index.ts'
import { endpoints } from '../kinds/core/v1/endpoints/index.ts'
import { event } from '../kinds/core/v1/event/index.ts'
import { namespace } from '../kinds/core/v1/namespace/index.ts'
import { node } from '../kinds/core/v1/node/index.ts'
import { pod } from '../kinds/core/v1/pod/index.ts'
import { secret } from '../kinds/core/v1/secret/index.ts'
import { service } from '../kinds/core/v1/service/index.ts'
import { serviceAccount } from '../kinds/core/v1/service-account/index.ts'
import { createCatalogue } from './catalogue.ts'
import type { Catalogue, ResourceEntry } from './contract.ts'

/** Every built-in kind, each from its own folder: a new kind is one folder and one line here. */
const entries = [
  binding,
  configMap,
  endpoints,
  event,
  namespace,
  node,
  pod,
  secret,
  service,
  serviceAccount,
  lease,
] as readonly unknown[] as readonly ResourceEntry[]

export const builtinCatalogue: Catalogue = createCatalogue(entries)
