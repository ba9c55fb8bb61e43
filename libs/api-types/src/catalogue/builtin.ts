import { admissionregistrationV1 } from '../kinds/admissionregistration/v1/index.ts'
import { admissionregistrationV1alpha1 } from '../kinds/admissionregistration/v1alpha1/index.ts'
import { admissionregistrationV1beta1 } from '../kinds/admissionregistration/v1beta1/index.ts'
import { apiextensionsV1 } from '../kinds/apiextensions/v1/index.ts'
import { apiregistrationV1 } from '../kinds/apiregistration/v1/index.ts'
import { apiserverinternalV1alpha1 } from '../kinds/apiserverinternal/v1alpha1/index.ts'
import { appsV1 } from '../kinds/apps/v1/index.ts'
import { authenticationV1 } from '../kinds/authentication/v1/index.ts'
import { authenticationV1alpha1 } from '../kinds/authentication/v1alpha1/index.ts'
import { authenticationV1beta1 } from '../kinds/authentication/v1beta1/index.ts'
import { authorizationV1 } from '../kinds/authorization/v1/index.ts'
import { autoscalingV1 } from '../kinds/autoscaling/v1/index.ts'
import { autoscalingV2 } from '../kinds/autoscaling/v2/index.ts'
import { batchV1 } from '../kinds/batch/v1/index.ts'
import { certificatesV1 } from '../kinds/certificates/v1/index.ts'
import { certificatesV1alpha1 } from '../kinds/certificates/v1alpha1/index.ts'
import { certificatesV1beta1 } from '../kinds/certificates/v1beta1/index.ts'
import { coordinationV1 } from '../kinds/coordination/v1/index.ts'
import { coordinationV1alpha2 } from '../kinds/coordination/v1alpha2/index.ts'
import { coordinationV1beta1 } from '../kinds/coordination/v1beta1/index.ts'
import { coreV1 } from '../kinds/core/v1/index.ts'
import { discoveryV1 } from '../kinds/discovery/v1/index.ts'
import { eventsV1 } from '../kinds/events/v1/index.ts'
import { flowcontrolV1 } from '../kinds/flowcontrol/v1/index.ts'
import { networkingV1 } from '../kinds/networking/v1/index.ts'
import { networkingV1beta1 } from '../kinds/networking/v1beta1/index.ts'
import { nodeV1 } from '../kinds/node/v1/index.ts'
import { policyV1 } from '../kinds/policy/v1/index.ts'
import { rbacV1 } from '../kinds/rbac/v1/index.ts'
import { resourceV1 } from '../kinds/resource/v1/index.ts'
import { resourceV1alpha3 } from '../kinds/resource/v1alpha3/index.ts'
import { resourceV1beta1 } from '../kinds/resource/v1beta1/index.ts'
import { resourceV1beta2 } from '../kinds/resource/v1beta2/index.ts'
import { schedulingV1 } from '../kinds/scheduling/v1/index.ts'
import { schedulingV1alpha2 } from '../kinds/scheduling/v1alpha2/index.ts'
import { storageV1 } from '../kinds/storage/v1/index.ts'
import { storageV1alpha1 } from '../kinds/storage/v1alpha1/index.ts'
import { storageV1beta1 } from '../kinds/storage/v1beta1/index.ts'
import { storagemigrationV1beta1 } from '../kinds/storagemigration/v1beta1/index.ts'
import { createCatalogue } from './catalogue.ts'
import type { Catalogue } from './contract.ts'

/**
 * Every built-in kind, each from its own folder `kinds/<group>/<version>/<kind>`. Versions that are off by default are here
 * too: the api-server serves what `--runtime-config` leaves on.
 */
export const builtinCatalogue: Catalogue = createCatalogue([
  ...coreV1,
  ...admissionregistrationV1,
  ...admissionregistrationV1beta1,
  ...admissionregistrationV1alpha1,
  ...apiextensionsV1,
  ...apiregistrationV1,
  ...apiserverinternalV1alpha1,
  ...appsV1,
  ...authenticationV1,
  ...authenticationV1beta1,
  ...authenticationV1alpha1,
  ...authorizationV1,
  ...autoscalingV1,
  ...autoscalingV2,
  ...batchV1,
  ...certificatesV1,
  ...certificatesV1beta1,
  ...certificatesV1alpha1,
  ...coordinationV1,
  ...coordinationV1beta1,
  ...coordinationV1alpha2,
  ...discoveryV1,
  ...eventsV1,
  ...flowcontrolV1,
  ...networkingV1,
  ...networkingV1beta1,
  ...nodeV1,
  ...policyV1,
  ...rbacV1,
  ...resourceV1,
  ...resourceV1beta2,
  ...resourceV1beta1,
  ...resourceV1alpha3,
  ...schedulingV1,
  ...schedulingV1alpha2,
  ...storageV1,
  ...storageV1beta1,
  ...storageV1alpha1,
  ...storagemigrationV1beta1,
])
