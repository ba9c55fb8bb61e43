/** The scheduler: gives each pod a node. */
export {
  defaultConfiguration,
  parseConfiguration,
  type SchedulerConfiguration,
} from './configuration/scheduler-configuration.ts'
export { type RunningScheduler, type SchedulerOptions, startScheduler } from './start-scheduler.ts'
