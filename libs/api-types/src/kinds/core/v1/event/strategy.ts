import { nameIsDnsSubdomain, nameIsPathSegment, validateObjectMeta } from '@kubets/apimachinery'
import type { Strategy, StrategyContext } from '../../../../catalogue/contract.ts'
import type { Event } from '../../../../wire.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import { validateLegacy, validateStrictCreate, validateStrictUpdate } from './validation.ts'

/** Events that come through events.k8s.io are judged by stricter rules than those of the core group. */
const isStrict = ({ requested }: StrategyContext) => requested?.group === 'events.k8s.io'

export const strategy: Strategy<Event> = {
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
  prepareForCreate: () => {},
  prepareForUpdate: () => {},
  validate(event, context) {
    if (!isStrict(context)) {
      const errors = validateLegacy(event, 'reportingComponent')
      // the metadata is only looked at when nothing else is wrong
      return errors.length > 0 ? errors : validateObjectMeta(event.metadata, true, nameIsPathSegment)
    }
    return [
      ...validateLegacy(event, 'reportingController'),
      ...validateBuiltinMeta(event.metadata, true, nameIsDnsSubdomain),
      ...validateStrictCreate(event),
    ]
  },
  validatesMetaUpdate: false,
  validateUpdate(event, old, context) {
    if (!isStrict(context)) return validateLegacy(event, 'reportingComponent')
    return [
      ...validateLegacy(event, 'reportingController'),
      ...validateBuiltinMetaUpdate(event.metadata, old.metadata),
      ...validateStrictUpdate(event, old),
    ]
  },
}
