import type * as k8s from '@kubernetes/client-node'
import type { KubeObject, Wire } from '../../wire.ts'
import type { JsonSchema } from './json-schema.ts'

export interface CustomResourceDefinition extends KubeObject {
  spec?: CustomResourceDefinitionSpec
  status?: Wire<k8s.V1CustomResourceDefinitionStatus>
}

export interface CustomResourceDefinitionSpec {
  group?: string
  names?: Names
  scope?: string
  versions?: Version[]
  conversion?: Conversion
  preserveUnknownFields?: boolean
}

export type Names = Partial<Wire<k8s.V1CustomResourceDefinitionNames>>
export type Conversion = Wire<k8s.V1CustomResourceConversion>
export type Subresources = Wire<k8s.V1CustomResourceSubresources>
export type PrinterColumnDefinition = Partial<Wire<k8s.V1CustomResourceColumnDefinition>>
export type SelectableField = Partial<Wire<k8s.V1SelectableField>>

export interface Version {
  name?: string
  served?: boolean
  storage?: boolean
  deprecated?: boolean
  deprecationWarning?: string
  schema?: { openAPIV3Schema?: JsonSchema }
  subresources?: Subresources
  additionalPrinterColumns?: PrinterColumnDefinition[]
  selectableFields?: SelectableField[]
}
