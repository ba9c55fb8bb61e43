/** The controller manager: brings what is there to what the objects ask for. */
export { type ControllerManagerConfiguration, defaultConfiguration } from './configuration.ts'
export {
  type ControllerManagerOptions,
  type RunningControllerManager,
  startControllerManager,
} from './start-controller-manager.ts'
