import type { ImageContent } from '../image-content.ts'
import { InvalidImageError } from '../oci.ts'
import { normalizeReference } from '../reference.ts'
import type { ArchiveFiles } from './archive-files.ts'

interface ArchiveItem {
  Config: string
  RepoTags: string[] | null
  Layers: string[]
}

/** The images of a `docker save` archive, told by its `manifest.json`: one entry an image, each with any number of tags. */
export async function readDockerArchive(files: ArchiveFiles): Promise<ImageContent[]> {
  const bytes = await files.read('manifest.json')
  let items: ArchiveItem[]
  try {
    items = JSON.parse(bytes.toString('utf8')) as ArchiveItem[]
  } catch (error) {
    throw new InvalidImageError('malformed manifest.json', { cause: error })
  }
  if (!Array.isArray(items)) throw new InvalidImageError('malformed manifest.json: a list of images is expected')
  return Promise.all(
    items.map(async item => {
      if (typeof item?.Config !== 'string' || !Array.isArray(item.Layers))
        throw new InvalidImageError('malformed manifest.json: an image without Config or Layers')
      return {
        references: (item.RepoTags ?? []).map(normalizeReference),
        config: await files.read(item.Config),
        layers: item.Layers.map(name => ({ open: () => files.locate(name) })),
      }
    }),
  )
}
