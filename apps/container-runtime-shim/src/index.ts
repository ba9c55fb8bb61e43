/** The container runtime of a node: CRI v1 over runc, conmon, overlay mounts and CNI. */
export * from './images/index.ts'
export { type ContainerRuntimeShimOptions, startContainerRuntimeShim } from './start.ts'
export { type FakeRuntimeShimOptions, startFakeRuntimeShim } from './start-fake.ts'
