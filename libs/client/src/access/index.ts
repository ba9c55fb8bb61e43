/** Who may use a server that has no users of its own: the api-server is asked, by TokenReview and SubjectAccessReview. */
export { type ClusterAccess, type ClusterAccessOptions, openClusterAccess } from './cluster-access.ts'
export { type DelegatedAccessOptions, delegatedAccess } from './delegated-access.ts'
export { type AccessAnswer, type AccessAttributes, reviewAccess, reviewTokens } from './reviews.ts'
export { type SecureServingFlags, secureServing, secureServingFlags } from './secure-serving.ts'
export { anonymousUser, type User } from './user.ts'
export { type WhoAsksOptions, whoAsks } from './who-asks.ts'
