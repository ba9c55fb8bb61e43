import { entries } from '../../entries.ts'
import { apiService } from './api-service/index.ts'

/** `apiregistration.k8s.io/v1`. */
export const apiregistrationV1 = entries([apiService])
