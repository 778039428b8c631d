import { Button, Group, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useCan } from '../api/capabilities'
import { ApiError, part, request } from '../api/client'
import { fileUrl } from '../api/executions'
import { digits, t } from '../language'
import { FilePreview } from './FilePreview'

const MISSING = 404
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB']

export function bytes(count: number): string {
  let value = count
  let unit = 0
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${digits(value, { minimumFractionDigits: unit && value < 100 ? 1 : 0, maximumFractionDigits: unit && value < 100 ? 1 : 0 })} ${UNITS[unit]}`
}

/** A file in internal storage; one that was purged says so instead of offering a download that fails. */
export function FileLink({ uri, executionId }: { uri: string; executionId: string }) {
  const [isOpen, { open, close }] = useDisclosure()
  const canPreview = useCan('GET /api/v1/executions/{}/file/preview')
  const metas = useQuery({
    queryKey: ['metas', executionId, uri],
    queryFn: () => request<{ size: number }>(`/executions/${part(executionId)}/file/metas`, { query: { path: uri } }),
    retry: false,
    staleTime: Infinity,
  })
  const name = uri.slice(uri.lastIndexOf('/') + 1)
  return (
    <Group gap="xs" wrap="wrap">
      <span className="mono" title={uri} style={{ overflowWrap: 'anywhere' }}>{name}</span>
      {metas.error && <Text size="xs" c="dimmed">{metas.error instanceof ApiError && metas.error.status === MISSING ? t`removed since` : metas.error.message}</Text>}
      {metas.data && (
        <>
          <Text size="xs" c="dimmed">{bytes(metas.data.size)}</Text>
          {canPreview && <Button size="compact-xs" variant="default" onClick={open} aria-label={t`Preview ${name}`}>{t`Preview`}</Button>}
          <Button size="compact-xs" variant="default" component="a" href={fileUrl(executionId, uri)} download aria-label={t`Download ${name}`}>
            {t`Download`}
          </Button>
          {isOpen && <FilePreview uri={uri} executionId={executionId} onClose={close} />}
        </>
      )}
    </Group>
  )
}
