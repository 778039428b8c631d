import { Button, FileButton, Group } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef } from 'react'
import { useCan } from '../api/capabilities'
import { API, request } from '../api/client'
import { t } from '../language'
import { ErrorBox } from '../parts/ErrorBox'
import { done } from '../parts/notes'
import { Section } from './Section'

/** All flows as one file, and back. */
export function FlowArchive() {
  const cache = useQueryClient()
  const canImport = useCan('POST /api/v1/flows/import')
  const canExport = useCan('GET /api/v1/flows/export/by-query')
  const clear = useRef<() => void>(null)
  const read = useMutation({
    mutationFn: (file: File) => {
      const form = new FormData()
      form.append('fileUpload', file, file.name)
      return request<unknown>('/flows/import', { method: 'POST', body: form })
    },
    onSuccess: (_, file) => {
      done(t`${file.name} is imported`)
      void cache.invalidateQueries()
    },
    onSettled: () => clear.current?.(),
  })
  if (!canImport && !canExport) return null
  return (
    <Section title={t`All flows`} hint={t`An import creates or updates flows: all of the file, or none when one of them is not valid.`}>
      <Group gap="xs">
        {canExport && <Button variant="default" component="a" href={`${API}/flows/export/by-query`} download="flows.zip">{t`Export as zip`}</Button>}
        {canImport && (
          <FileButton resetRef={clear} accept=".zip,.yml,.yaml" onChange={(file) => file && read.mutate(file)} inputProps={{ 'aria-label': t`Zip archive or YAML of flows` }}>
            {(props) => <Button variant="default" loading={read.isPending} {...props}>{t`Import a zip or YAML …`}</Button>}
          </FileButton>
        )}
      </Group>
      {read.error && <div style={{ marginTop: 8 }}><ErrorBox error={read.error} /></div>}
    </Section>
  )
}
