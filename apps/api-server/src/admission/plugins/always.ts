import { forbidden } from '@kubets/apimachinery'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'

/** Admits everything, as upstream's own: its name stands in old command lines. */
export const alwaysAdmit: AdmissionPlugin = { name: 'AlwaysAdmit' }

const deny = ({ entry, name }: AdmissionRequest) => {
  throw forbidden(entry, name, 'admission control is denying all modifications')
}

/** Refuses every write, for tests. */
export const alwaysDeny: AdmissionPlugin = { name: 'AlwaysDeny', mutate: deny, validate: deny }
