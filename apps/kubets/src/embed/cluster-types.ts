/** How a suite wants its cluster. */
export interface StartClusterOptions {
  /** Worker nodes, on the fake runtime: pods are scheduled and become Running, but no process starts, and no service-proxy: the addresses of Services lead nowhere. Default 1. 0 gives the control plane alone. */
  nodes?: number
  /** Port of the API server on 127.0.0.1. Default: a free one. */
  port?: number
  /** APIs to turn on or off (`--runtime-config`): `['api/beta=true']`. Default: the stable ones are on. */
  runtimeConfig?: readonly string[]
  /** Where the state lives. Default: a temporary folder that `stop()` deletes; a folder that you name stays. */
  directory?: string
  /** Log lines of all services, one JSON object a line. Default: none. */
  logs?: { write(line: string): void }
}

/** A cluster that runs inside this process. */
export interface EmbeddedCluster extends AsyncDisposable {
  /** `https://127.0.0.1:PORT` */
  readonly url: string
  /** Text of an admin kubeconfig; everything is embedded. */
  readonly kubeconfig: string
  /** The same as a file, for kubectl and other programs. */
  readonly kubeconfigPath: string
  /** PEM texts, for clients that take no kubeconfig. */
  readonly credentials: { readonly ca: string; readonly cert: string; readonly key: string }
  /** Ends every service and deletes the temporary folder. Leaves no timer, socket, process or file. Safe to call twice. */
  stop(): Promise<void>
}
