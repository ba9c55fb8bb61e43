/**
 * A 64-bit integer in decimal digits: nanoseconds since 1970 exceed 2^53, so no number holds them exactly.
 * `BigInt(value)` to calculate, `Number(value)` where the value is known to be small (shares, seconds, bytes below 9 PB).
 */
export type Int64 = string
