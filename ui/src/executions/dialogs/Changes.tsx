import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { revisionQuery } from '../../api/flows'
import type { Flow } from '../../api/types'
import { changesOf } from '../../editor/changes'
import { t } from '../../language'
import './changes.css'

/** The lines that set a revision apart from the one that ran. */
export function Changes({ flow, since }: { flow: Flow; since: number }) {
  const { data } = useQuery(revisionQuery(flow.namespace, flow.id, since))
  const lines = useMemo(() => (data ? changesOf(data.source ?? '', flow.source ?? '') : undefined), [data, flow])
  if (!lines) return null
  if (!lines.length) return <Text size="sm" c="dimmed">{t`Their sources are the same.`}</Text>
  return (
    <pre className="block mono changes" role="group" aria-label={t`Changed lines`}>
      {lines.map(({ sign, text }, index) => (
        <div key={index} data-sign={sign}>{sign} {text}</div>
      ))}
    </pre>
  )
}
