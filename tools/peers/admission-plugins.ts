/**
 * Admission plugins that upstream has on by default and kubets does not have yet: they are off while the two are compared, so
 * that what is compared is the API itself. A plugin that arrives in kubets is taken off this list.
 */
export const pluginsNotInKubets: readonly string[] = [
  'MutatingAdmissionPolicy',
  'MutatingAdmissionWebhook',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionWebhook',
]

/** What kubets has too, and both have off: the corpus' own LimitRanges, quotas and runtime classes would refuse its other objects. */
export const pluginsInTheWay: readonly string[] = ['LimitRanger', 'RuntimeClass', 'ResourceQuota']
