import { isNotFound } from '@kubets/apimachinery'
import { resources } from '@kubets/client'
import { controllerQueue } from '../../context.ts'
import { certificateSigningRequestInformer } from '../../informers/certificate-signing-requests.ts'
import type { ControllerDescriptor } from '../controller.ts'
import { isStale } from './is-stale.ts'

/** All requests are looked at this often. */
const period = 3_600_000

/** Deletes certificate signing requests that are done with, and those that nobody decides. */
export const csrCleanerController: ControllerDescriptor = {
  name: 'certificatesigningrequest-cleaner-controller',
  alias: 'csrcleaner',
  account: 'certificate-controller',
  needs: [resources.certificateSigningRequests],
  start(context) {
    const { client, clock, logger } = context
    const requests = context.informers.of(certificateSigningRequestInformer)
    const queue = controllerQueue(context, {
      name: 'csrcleaner',
      after: [requests],
      async process(_, signal) {
        for (const request of [...requests.lister.list()]) {
          if (!isStale(request, clock.now())) continue
          const name = request.metadata?.name ?? ''
          try {
            await client.delete(resources.certificateSigningRequests, { name }, { signal })
          } catch (err) {
            if (signal.aborted) return undefined
            if (!isNotFound(err)) logger.error({ err, csr: name }, 'Error while attempting to clean CSR')
          }
        }
        return { requeueAfter: period }
      },
    })
    queue.add('all')
  },
}
