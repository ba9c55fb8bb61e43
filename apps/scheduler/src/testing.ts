/** For tests and benchmarks: a server in memory that the scheduler can talk to. */
export { type FakeServer, fakeServer, testNode, testPod } from './fake-server.ts'
