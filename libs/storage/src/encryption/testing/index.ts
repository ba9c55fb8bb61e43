/** What tests and tools of encryption at rest share: configurations with throw-away keys, a KMS plugin. */
export { configuration, key, kms, provider } from './fixture.ts'
export { startTestKmsPlugin, type TestKmsPlugin } from './kms-plugin.ts'
export { type KmsPluginProcess, spawnTestKmsPlugin } from './kms-plugin-process.ts'
