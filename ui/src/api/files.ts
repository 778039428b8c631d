import { queryOptions } from '@tanstack/react-query'
import { API, part, request, requestText } from './client'

interface FileEntry {
  type: 'File' | 'Directory'
  fileName: string
  size: number
  lastModifiedTime?: number
}

const base = (namespace: string) => `/namespaces/${part(namespace)}/files`

export const folderQuery = (namespace: string, path: string) =>
  queryOptions({
    queryKey: ['files', namespace, 'folder', path],
    queryFn: () => request<FileEntry[]>(`${base(namespace)}/directory`, { query: { path } }),
  })

export const fileStatsQuery = (namespace: string, path: string) =>
  queryOptions({
    queryKey: ['files', namespace, 'stats', path],
    queryFn: () => request<FileEntry>(`${base(namespace)}/stats`, { query: { path } }),
  })

export const readFile = (namespace: string, path: string) => requestText(base(namespace), { query: { path } })

export const contentQuery = (namespace: string, path: string) =>
  queryOptions({
    queryKey: ['files', namespace, 'content', path],
    queryFn: () => readFile(namespace, path),
  })

export const searchFiles = (namespace: string, q: string) =>
  queryOptions({
    queryKey: ['files', namespace, 'search', q],
    queryFn: () => request<string[]>(`${base(namespace)}/search`, { query: { q } }),
  })

export function writeFile(namespace: string, path: string, content: Blob): Promise<void> {
  const form = new FormData()
  form.append('fileContent', content, path.slice(path.lastIndexOf('/') + 1))
  return request<void>(base(namespace), { method: 'POST', query: { path }, body: form })
}

export const makeFolder = (namespace: string, path: string) => request<void>(`${base(namespace)}/directory`, { method: 'POST', query: { path } })
export const moveFile = (namespace: string, from: string, to: string) => request<void>(base(namespace), { method: 'PUT', query: { from, to } })
export const deleteFile = (namespace: string, path: string) => request<void>(base(namespace), { method: 'DELETE', query: { path } })

export const fileAddress = (namespace: string, path: string) => `${API}${base(namespace)}?path=${part(path)}`
export const archiveAddress = (namespace: string) => `${API}${base(namespace)}/export`
