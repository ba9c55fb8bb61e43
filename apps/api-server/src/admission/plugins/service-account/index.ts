export { type ServiceAccountPluginOptions, serviceAccount } from './service-account.ts'
