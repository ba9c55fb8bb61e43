import {
  type FieldError,
  field,
  type MetaToCheck,
  type NameCheck,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '@kubets/apimachinery'

const standard = new Set(['kubernetes', 'orphan', 'foregroundDeletion'])

/** A finalizer without a domain must be one of Kubernetes' own. */
export const validateStandardFinalizer = (name: string, path: string): FieldError[] =>
  name.includes('/') || standard.has(name)
    ? []
    : [field.invalid(path, name, 'name is neither a standard finalizer name nor is it fully qualified')]

function standardFinalizers(meta: MetaToCheck | undefined): FieldError[] {
  if (!meta?.finalizers?.length) return []
  return meta.finalizers.flatMap((name, index) => validateStandardFinalizer(name, `metadata.finalizers[${index}]`))
}

/** Metadata of a new object of a built-in kind: what upstream's core rules add is that finalizers are known. */
export const validateBuiltinMeta = (
  meta: MetaToCheck | undefined,
  namespaced: boolean,
  nameCheck: NameCheck,
): FieldError[] => validateObjectMeta(meta, namespaced, nameCheck).concat(standardFinalizers(meta))

/** Metadata of a changed object of a built-in kind beside the stored one. */
export const validateBuiltinMetaUpdate = (meta: MetaToCheck | undefined, old: MetaToCheck | undefined): FieldError[] =>
  validateObjectMetaUpdate(meta, old).concat(standardFinalizers(meta))
