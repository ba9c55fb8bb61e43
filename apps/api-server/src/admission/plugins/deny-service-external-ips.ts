import type { Service } from '@kubets/api-types'
import { forbidden } from '@kubets/apimachinery'
import type { AdmissionPlugin } from '../admission.ts'
import { writesTo } from '../writes.ts'

const concerns = writesTo({ resource: 'services' }, ['CREATE', 'UPDATE'])

/** External IPs let a Service take traffic that is not its own: those that stand may stay, none may come. */
export const denyServiceExternalIPs: AdmissionPlugin = {
  name: 'DenyServiceExternalIPs',
  validate(request) {
    if (!concerns(request)) return undefined
    const wanted = (request.object as Service).spec?.externalIPs ?? []
    const had = new Set((request.oldObject as Service | undefined)?.spec?.externalIPs)
    if (wanted.every(address => had.has(address))) return undefined
    throw forbidden('services', request.name, 'Use of external IPs is denied by admission control')
  },
}
