import { queryOptions } from '@tanstack/react-query'

const FILES = import.meta.glob<string>('../../../docs/*.md', { query: '?raw', import: 'default' })

export const NAMES = Object.keys(FILES).map((path) => path.slice(path.lastIndexOf('/') + 1, -'.md'.length))

/** The text of a document; null where there is none of this name. */
export const docQuery = (name: string) =>
  queryOptions({
    queryKey: ['docs', name],
    queryFn: async () => (await FILES[`../../../docs/${name}.md`]?.()) ?? null,
    staleTime: Infinity,
  })
