import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Texts by the names of their files. */
export type Files = Readonly<Record<string, string>>

/** Writes what is new: services follow their files, and need not read again what has not changed. Keys first, as a pair is taken up by its certificate. */
export async function handOut(folder: string, files: Files): Promise<void> {
  const names = Object.keys(files).sort((a, b) => Number(b.endsWith('.key')) - Number(a.endsWith('.key')))
  for (const name of names) {
    const path = join(folder, name)
    const text = files[name] as string
    if ((await readFile(path, 'utf8').catch(() => undefined)) === text) continue
    await writeFile(`${path}.new`, text, { mode: name.endsWith('.crt') || name.endsWith('.pub') ? 0o644 : 0o600 })
    await rename(`${path}.new`, path)
  }
}
