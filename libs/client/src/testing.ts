/** For tests of the rooms that use this one: time that is moved by hand. */
export { type ManualClock, manualClock } from './manual-clock.ts'
