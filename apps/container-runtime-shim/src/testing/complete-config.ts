import { type ContainerConfig, connectInProcess, createFakeRuntime, type Loose } from '@kubets/cri'

/** A container's configuration as it arrives over the wire: what is left out has its default. */
export async function completeConfig(config: Loose<ContainerConfig>): Promise<ContainerConfig> {
  let complete: ContainerConfig | null = null
  await using fake = await createFakeRuntime()
  const createContainer = async (request: { config: ContainerConfig | null }) => {
    complete = request.config
    return {}
  }
  await using client = await connectInProcess({ ...fake, createContainer })
  await client.createContainer({ config })
  if (!complete) throw new Error('no configuration arrived')
  return complete
}
