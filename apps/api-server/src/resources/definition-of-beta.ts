import type { KubeObject } from '@kubets/api-types'

type Json = Record<string, unknown>

/**
 * A CustomResourceDefinition in v1 of one in v1beta1, which nobody is served any more and kube-apiserver still stores. What stands
 * once for all versions there stands in each of them here.
 */
export function definitionOfBeta(object: KubeObject): KubeObject {
  const { spec: given = {}, ...rest } = object as KubeObject & { spec?: Json }
  const {
    version,
    versions,
    validation,
    subresources,
    additionalPrinterColumns,
    selectableFields,
    conversion,
    preserveUnknownFields,
    ...spec
  } = given
  const shared = { schema: validation, subresources, additionalPrinterColumns, selectableFields }
  const named = (versions as Json[] | undefined) ?? [{ name: version, served: true, storage: true }]
  return {
    ...rest,
    apiVersion: 'apiextensions.k8s.io/v1',
    spec: present({
      ...spec,
      versions: named.map(one => {
        const all = present({ ...shared, ...one })
        const columns = all.additionalPrinterColumns as Json[] | undefined
        return present({ ...all, additionalPrinterColumns: columns?.map(columnOf) })
      }),
      conversion: conversion && conversionOf(conversion as Json),
      // true is the default there and not there here
      preserveUnknownFields: preserveUnknownFields === false ? undefined : true,
    }),
  } as KubeObject
}

const columnOf = ({ JSONPath, ...column }: Json): Json => present({ ...column, jsonPath: JSONPath })

function conversionOf({ webhookClientConfig, conversionReviewVersions, ...conversion }: Json): Json {
  return webhookClientConfig === undefined && conversionReviewVersions === undefined
    ? conversion
    : { ...conversion, webhook: present({ clientConfig: webhookClientConfig, conversionReviewVersions }) }
}

function present(object: Json): Json {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))
}
