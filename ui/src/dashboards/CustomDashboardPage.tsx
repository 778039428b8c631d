import { Button, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { part } from '../api/client'
import { deleteDashboard, type StoredDashboard } from '../api/dashboards'
import { t } from '../language'
import { confirmed } from '../parts/confirmed'
import { done, failed } from '../parts/notes'
import { PageHead } from '../parts/PageHead'
import { ChartGrid } from './ChartGrid'
import { DashboardChooser } from './DashboardChooser'
import { CRUMB, LoadedDashboard } from './LoadedDashboard'
import { useNarrowed, ViewFilter } from './ViewFilter'

/** However many charts there are, the page asks no more than once in six seconds. */
const EVERY_MS = 30_000
const EACH_MS = 6_000

export default function CustomDashboardPage() {
  return <LoadedDashboard>{(dashboard) => <Shown dashboard={dashboard} />}</LoadedDashboard>
}

function Shown({ dashboard }: { dashboard: StoredDashboard }) {
  const { id, title, description, charts, timeWindow } = dashboard
  const narrowed = useNarrowed(timeWindow)
  return (
    <>
      <PageHead title={title} crumbs={CRUMB} badge={<DashboardChooser current={id} />}>
        <Button variant="default" component={Link} to={`/dashboards/${part(id)}/edit`}>{t`Edit`}</Button>
        <DeleteButton id={id} title={title} />
      </PageHead>
      {typeof description === 'string' && description && <Text size="sm" c="dimmed" mb="sm">{description}</Text>}
      <ViewFilter narrowed={narrowed} />
      <ChartGrid charts={charts} view={{ ...narrowed, dashboard: id, everyMs: Math.max(EVERY_MS, EACH_MS * charts.length) }} />
    </>
  )
}

function DeleteButton({ id, title }: { id: string; title: string }) {
  const cache = useQueryClient()
  const navigate = useNavigate()
  const remove = useMutation({
    mutationFn: () => deleteDashboard(id),
    onSuccess: async () => {
      done(t`Dashboard ${title} is deleted`)
      await navigate({ to: '/dashboards/default' })
      cache.removeQueries({ queryKey: ['dashboards'] })
    },
    onError: failed,
  })
  return <Button variant="default" loading={remove.isPending} onClick={() => confirmed(t`Delete the dashboard ${title}?`) && remove.mutate()}>{t`Delete`}</Button>
}
