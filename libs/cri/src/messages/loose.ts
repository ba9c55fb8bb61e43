import type { Int64 } from './int64.ts'

/**
 * A message as it may be sent: every field may be left out (it then has proto3's default), and 64-bit integers may be
 * numbers. What arrives is complete: absent messages are `null`, absent lists and maps empty.
 */
export type Loose<T> = T extends Buffer
  ? Uint8Array
  : T extends readonly (infer E)[]
    ? readonly Loose<E>[]
    : T extends object
      ? { readonly [K in keyof T]?: Loose<T[K]> | undefined }
      : Int64 extends T
        ? T | number
        : T
