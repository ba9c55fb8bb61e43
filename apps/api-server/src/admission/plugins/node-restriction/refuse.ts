import { type ApiError, forbidden } from '@kubets/apimachinery'
import type { AdmissionRequest } from '../../admission.ts'

/** A write by the kubelet of `node`. */
export interface NodeRequest extends AdmissionRequest {
  readonly node: string
}

export const refuse = ({ entry, name }: AdmissionRequest, why: string): ApiError => forbidden(entry, name, why)
