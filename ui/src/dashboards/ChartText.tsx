import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { ApiError } from '../api/client'
import { flowQuery } from '../api/flows'
import { t } from '../language'
import { ErrorBox } from '../parts/ErrorBox'
import { Markdown } from '../parts/Markdown'
import type { MarkdownText } from './charts'

const MISSING = 404

/** A text of the dashboard's author, or the description of a flow. */
export function ChartText({ text: { content, flow } }: { text: MarkdownText }) {
  return flow ? <Description {...flow} /> : <Written text={content} />
}

function Written({ text }: { text: string }) {
  return text ? <Markdown text={text} /> : <Text size="sm" c="dimmed">{t`No text.`}</Text>
}

function Description({ namespace, id }: { namespace: string; id: string }) {
  const { data, error } = useQuery(flowQuery(namespace, id))
  if (error instanceof ApiError && error.status === MISSING) return <Text size="sm" c="dimmed">{t`There is no flow ${namespace}.${id}.`}</Text>
  if (error) return <ErrorBox error={error} />
  return data ? <Written text={data.description ?? ''} /> : <p aria-busy>{t`Loading …`}</p>
}
