/** Upstream's names. */
export const authorizationModes = ['AlwaysAllow', 'AlwaysDeny', 'ABAC', 'Webhook', 'RBAC', 'Node'] as const
export type AuthorizationMode = (typeof authorizationModes)[number]

/** Where a webhook is, and what is done with its answers. Times in ms. */
export interface WebhookConfiguration {
  readonly authorizedTtl: number
  readonly cacheAuthorizedRequests: boolean
  readonly unauthorizedTtl: number
  readonly cacheUnauthorizedRequests: boolean
  readonly timeout: number
  /** What it means when nobody answers. */
  readonly failurePolicy: 'NoOpinion' | 'Deny'
  readonly subjectAccessReviewVersion: 'v1' | 'v1beta1'
  readonly kubeConfigFile: string
  /** CEL expressions over the review's spec: the webhook is asked where all are true. Default: always. */
  readonly matchConditions?: readonly string[]
}

/** One authorizer; they are asked in the order in which they are listed. */
export type AuthorizerConfiguration =
  | { readonly type: Exclude<AuthorizationMode, 'Webhook'> }
  | { readonly type: 'Webhook'; readonly name: string; readonly webhook: WebhookConfiguration }

/** Who may do what. */
export interface AuthorizationOptions {
  readonly authorizers: readonly AuthorizerConfiguration[]
  /** The policy of ABAC, as the text of its file. */
  readonly policy?: string
  /** An `AuthorizationConfiguration` that is read again when it changes: the file that {@link authorizers} came from. */
  readonly reloadFile?: string
}
