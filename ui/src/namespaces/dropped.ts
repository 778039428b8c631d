/** Files that come from outside: chosen, or let go of over a page. */

export interface Upload {
  /** Relative to the folder that it goes into: `lib/a.py` where a folder was taken. */
  path: string
  file: File
}

/** Of a file field; one for folders tells where in the folder each file was. */
export const uploadsOf = (files: readonly File[]): Upload[] => files.map((file) => ({ path: file.webkitRelativePath || file.name, file }))

/** All that was let go of, folders with what is in them. To be called at once: a moment later the browser has forgotten. */
export async function droppedFiles({ items, files }: DataTransfer): Promise<Upload[]> {
  const entries = [...items].map((item) => item.webkitGetAsEntry?.()).filter((entry) => entry !== null && entry !== undefined)
  if (!entries.length) return uploadsOf([...files])
  return (await Promise.all(entries.map((entry) => within(entry, '')))).flat()
}

async function within(entry: FileSystemEntry, above: string): Promise<Upload[]> {
  const path = above + entry.name
  if (entry.isFile) {
    const file = await new Promise<File>((take, refuse) => (entry as FileSystemFileEntry).file(take, refuse))
    return [{ path, file }]
  }
  const inner = await entriesOf((entry as FileSystemDirectoryEntry).createReader())
  return (await Promise.all(inner.map((other) => within(other, `${path}/`)))).flat()
}

/** A reader gives some at a time, and none when there are no more. */
async function entriesOf(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  const found: FileSystemEntry[] = []
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((take, refuse) => reader.readEntries(take, refuse))
    if (!some.length) return found
    found.push(...some)
  }
}
