import type { ResourceRef } from '@kubets/client'
import type { ControllerContext } from '../context.ts'

/** An entry of the table of controllers. */
export interface ControllerDescriptor {
  /** Upstream's name: `replicaset-controller`. */
  readonly name: string
  /** The name that `--controllers` took before upstream renamed it. */
  readonly alias: string
  /** The service account in kube-system that it speaks as, with `--use-service-account-credentials`: upstream's name. */
  readonly account: string
  /** `--controllers=*` leaves it out, as upstream does: it runs only where it is named. */
  readonly offByDefault?: true
  /** Collections without which the controller has nothing to do: a server that lacks one gets the others. */
  readonly needs: readonly ResourceRef[]
  /** Why it does not run under this configuration, if so. */
  readonly unless?: (context: ControllerContext) => string | undefined
  /** Subscribes to informers and makes queues. Returns at once; everything ends with `context.undo`. */
  start(context: ControllerContext): void
}
