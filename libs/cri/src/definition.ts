import { fileURLToPath } from 'node:url'
import type { MethodDefinition, ServiceDefinition } from '@grpc/proto-loader'

/** One method as the wire knows it, under the name that our interfaces use (`runPodSandbox`). */
export interface WireMethod {
  name: string
  definition: MethodDefinition<object, object>
}

export interface WireServices {
  runtime: readonly WireMethod[]
  image: readonly WireMethod[]
}

const protoFile = fileURLToPath(new URL('../../../protos/cri/runtime/v1/runtime.proto', import.meta.url))

/**
 * Reads the `.proto` file. Options and the types in `messages/` belong together: names in camel case, 64-bit integers as
 * decimal strings, enums as their names, every field present.
 */
export async function loadServices(): Promise<WireServices> {
  const { loadSync } = await import('@grpc/proto-loader')
  const definition = loadSync(protoFile, {
    keepCase: false,
    longs: String,
    enums: String,
    defaults: true,
    oneofs: true,
  })
  return {
    runtime: methodsOf(definition['runtime.v1.RuntimeService'] as ServiceDefinition),
    image: methodsOf(definition['runtime.v1.ImageService'] as ServiceDefinition),
  }
}

function methodsOf(service: ServiceDefinition): WireMethod[] {
  return Object.entries(service).map(([name, definition]) => ({
    name: (name[0] ?? '').toLowerCase() + name.slice(1),
    definition: definition as MethodDefinition<object, object>,
  }))
}

/** Largest message either side takes, in bytes: 16 MiB of output (the bound of ExecSync, twice) and what is around it. */
export const maxMessageBytes = 34 << 20
