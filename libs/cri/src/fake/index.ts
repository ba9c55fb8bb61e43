/** A CRI runtime that runs no process, for tests and for machines without root. */
export { createFakeRuntime, type FakeRuntime, type FakeRuntimeOptions, fakeRuntimeName } from './create-fake-runtime.ts'
