import { runMain } from '@kubets/component'
import { startPuller } from './registry/puller.ts'

await runMain({
  name: 'image-puller',
  about:
    'Makes the connections of image pulls for container runtimes in other network namespaces: an HTTP CONNECT proxy on a unix socket.',
  flags: {
    listen: { type: 'string', help: 'Path of the unix socket.' },
    v: { type: 'int', short: 'v', default: 0, help: 'Number for the log level verbosity.' },
  },
  start: (values, logger) => startPuller({ socket: values.listen ?? '', logger }),
})
