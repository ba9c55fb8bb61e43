/** Small values that several messages share. */
import type { Int64 } from './int64.ts'

export interface Int64Value {
  value: Int64
}

export interface KeyValue {
  key: string
  value: string
}

export interface UInt64Value {
  value: Int64
}
