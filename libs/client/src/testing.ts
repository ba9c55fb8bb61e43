/** A connection whose last packet is followed by a reset. */
export { HeldWire } from './held-wire.ts'
/** For tests of the rooms that use this one: time that is moved by hand. */
export { type ManualClock, manualClock } from './manual-clock.ts'
