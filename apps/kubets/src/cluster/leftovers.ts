import { type ClusterDirectory, endProcess } from '../cluster-directory/index.ts'

/** Ends services that an earlier supervisor left behind when it was killed. Their containers go on. */
export async function endLeftovers(directory: ClusterDirectory): Promise<void> {
  const { supervisor: _, ...services } = await directory.processes()
  await Promise.all(Object.values(services).map(process => endProcess(process, 5_000)))
}
