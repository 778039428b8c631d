import { Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Page } from '../api/client'
import type { Execution } from '../api/types'
import { addressOf } from '../executions/ExecutionsTable'
import { digits, t } from '../language'
import { Duration } from '../parts/Duration'
import { Moment } from '../parts/Moment'
import { StateBadge } from '../parts/StateBadge'

interface Props {
  title: string
  none: string
  data: Page<Execution> | undefined
  /** The address of all of them, where these are only the first. */
  all: object
  lineOf?: (execution: Execution) => ReactNode
}

export function ExecutionsBox({ title, none, data, all, lineOf }: Props) {
  return (
    <section className="panel box" aria-label={title}>
      <Title order={2} mb={6}>{title}</Title>
      {data?.total === 0 && <Text size="sm" c="dimmed">{none}</Text>}
      {data?.results.map((execution) => (
        <div className="box-row" key={execution.id}>
          <StateBadge state={execution.state.current} />
          <Link className="cut" to={addressOf(execution)} title={`${execution.namespace}.${execution.flowId}`}>{execution.flowId}</Link>
          <Moment at={execution.state.startDate} />
          <Duration state={execution.state} />
          {lineOf?.(execution)}
        </div>
      ))}
      {data && data.total > data.results.length && <Link className="box-more" to="/executions" search={all as never}>{t`All ${digits(data.total)}`}</Link>}
    </section>
  )
}
