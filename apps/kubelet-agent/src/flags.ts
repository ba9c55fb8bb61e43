import type { FlagTable } from '@kubets/component'

const inConfig =
  "This parameter should be set via the config file specified by the kubelet's --config flag. See https://kubernetes.io/docs/tasks/administer-cluster/kubelet-config-file/ for more information."

/** kubelet's flags. Those that upstream wants in the --config file are taken as well and win over it, as upstream has it. */
export const kubeletFlags = {
  kubeconfig: { type: 'string', help: 'Path to a kubeconfig file, specifying how to connect to the API server.' },
  config: { type: 'string', help: 'Path to a KubeletConfiguration file.' },
  'hostname-override': {
    type: 'string',
    help: 'If non-empty, will use this string as identification instead of the actual hostname.',
  },
  'node-ip': {
    type: 'string',
    help: 'IP address of the node. Default: the first address of the machine that is not loopback.',
  },
  'root-dir': {
    type: 'string',
    default: '/var/lib/kubelet',
    help: 'Directory path for managing kubelet files (volume mounts, etc).',
  },
  'pod-logs-dir': {
    type: 'string',
    help: 'Where container logs are kept (podLogsDir of the configuration). Default /var/log/pods.',
  },
  'container-runtime-endpoint': {
    type: 'string',
    help: 'The endpoint of container runtime service: a unix socket. Default unix:///run/containerd/containerd.sock.',
  },
  'image-service-endpoint': {
    type: 'string',
    help: 'The endpoint of container image service. Default: that of the runtime.',
  },
  'pod-cidr': { type: 'string', help: "Addresses of this node's pods, written into the Node when it is registered." },
  'cgroup-root': { type: 'string', help: "Cgroup that the pods' cgroups are made in. Empty: none are made." },
  address: { type: 'string', help: 'The IP address for the Kubelet to serve on. Default 0.0.0.0.' },
  port: { type: 'int', help: 'The port for the Kubelet to serve on. Default 10250; 0 takes a free one.' },
  'healthz-bind-address': {
    type: 'string',
    help: 'The IP address for the healthz server to serve on. Default 127.0.0.1.',
  },
  'healthz-port': {
    type: 'int',
    help: 'The port of the localhost healthz endpoint (set to 0 to disable). Default 10248.',
  },
  'tls-cert-file': {
    type: 'string',
    help: 'File containing x509 Certificate used for serving HTTPS. Default: a self-signed one.',
  },
  'tls-private-key-file': { type: 'string', help: 'File containing x509 private key matching --tls-cert-file.' },
  'client-ca-file': {
    type: 'string',
    help: 'Requests with a client certificate signed by one of the authorities in this file are authenticated as its common name. Without it none are.',
  },
  'tls-min-version': {
    type: 'string',
    help: 'Minimum TLS version supported: VersionTLS10, VersionTLS11, VersionTLS12, VersionTLS13. Default VersionTLS12.',
  },
  'tls-cipher-suites': { type: 'strings', help: "Cipher suites for the server, by Go's names. Default: this Node's." },
  'anonymous-auth': {
    type: 'string',
    help: 'Whether requests without credentials are let through as system:anonymous, for the authorizer to decide. Default false.',
    choices: ['true', 'false'],
  },
  'authentication-token-webhook': {
    type: 'string',
    help: 'Whether the API server is asked whose bearer token a request has (TokenReview). Default true.',
    choices: ['true', 'false'],
  },
  'authentication-token-webhook-cache-ttl': { type: 'duration', help: 'How long its answer holds. Default 2m.' },
  'authorization-mode': {
    type: 'string',
    help: 'Who may use the server: Webhook asks the API server (SubjectAccessReview of nodes/proxy and its like), AlwaysAllow lets everybody who is authenticated. Default Webhook.',
    choices: ['Webhook', 'AlwaysAllow'],
  },
  'authorization-webhook-cache-authorized-ttl': { type: 'duration', help: 'How long a yes holds. Default 5m.' },
  'authorization-webhook-cache-unauthorized-ttl': { type: 'duration', help: 'How long a no holds. Default 30s.' },
  'node-labels': {
    type: 'strings',
    help: "Labels to add when registering the node, as key=value pairs separated by ','.",
  },
  'register-node': { type: 'bool', default: true, help: 'Register the node with the API server.' },
  'register-with-taints': {
    type: 'strings',
    help: "Register the node with the given taints (comma separated '<key>=<value>:<effect>').",
  },
  'cluster-dns': { type: 'strings', help: 'Addresses of DNS servers for pods with dnsPolicy=ClusterFirst.' },
  'cluster-domain': { type: 'string', help: 'Domain for this cluster. Default cluster.local.' },
  'resolv-conf': {
    type: 'string',
    help: 'Resolver configuration file used as the basis for the container DNS resolution configuration. Default /etc/resolv.conf.',
  },
  'max-pods': { type: 'int', help: 'Number of Pods that can run on this Kubelet. Default 110.' },
  'node-status-update-frequency': { type: 'duration', help: 'How often the kubelet looks at the node. Default 10s.' },
  'container-log-max-size': {
    type: 'string',
    help: 'Maximum size of a container log file before it is rotated. Default 10Mi.',
  },
  'container-log-max-files': { type: 'int', help: 'Container log files kept of a container. Default 5.' },
  'system-reserved': { type: 'strings', help: 'Resources held back from pods, as cpu=200m,memory=500Mi.' },
  'container-runtime': { type: 'string', help: '', deprecated: 'will be removed; remote is the only kind of runtime' },
  'network-plugin': { type: 'string', help: '', deprecated: 'CNI is configured in the container runtime' },
  'pod-infra-container-image': {
    type: 'string',
    help: '',
    deprecated: 'sandboxes need no image; the container runtime decides',
  },
  'cgroup-driver': { type: 'string', help: '', deprecated: inConfig },
  'fail-swap-on': { type: 'bool', help: '', deprecated: inConfig },
  v: { type: 'int', short: 'v', default: 0, help: 'Log level: 4 and above adds detail.' },
} as const satisfies FlagTable
