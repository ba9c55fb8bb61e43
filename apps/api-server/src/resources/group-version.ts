/** `v1`, `apps/v1`: the apiVersion of objects of this group and version. */
export const groupVersion = ({ group, version }: { group: string; version: string }) =>
  group === '' ? version : `${group}/${version}`
