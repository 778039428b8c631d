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
  return data ? <ChangedLines before={data.source ?? ''} after={flow.source ?? ''} /> : null
}

/** The lines that set two texts apart. */
export function ChangedLines({ before, after }: { before: string; after: string }) {
  const lines = useMemo(() => changesOf(before, after), [before, after])
  if (!lines.length) return <Text size="sm" c="dimmed">{t`Their sources are the same.`}</Text>
  return (
    <pre className="block mono changes" role="group" aria-label={t`Changed lines`} tabIndex={0}>
      {lines.map(({ sign, text }, index) => (
        <div key={index} data-sign={sign}>{sign} {text}</div>
      ))}
    </pre>
  )
}
