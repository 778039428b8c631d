import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { part } from '../api/client'
import { dashboardQuery, updateDashboard, type StoredDashboard } from '../api/dashboards'
import { useUnsaved } from '../editor/useUnsaved'
import { ErrorBox } from '../parts/ErrorBox'
import { PageHead } from '../parts/PageHead'
import { done } from '../parts/notes'
import { DashboardEditor } from './DashboardEditor'

export default function EditDashboardPage() {
  const { dashboardId = '' } = useParams({ strict: false }) as { dashboardId?: string }
  const { data, error } = useQuery(dashboardQuery(dashboardId))
  if (data && !error) return <Begun key={dashboardId} dashboard={data} />
  return (
    <>
      <PageHead title={error ? 'No such dashboard' : 'Dashboard'} crumbs={<Link to="/dashboards/default">Dashboards</Link>} />
      {error ? <ErrorBox error={error} /> : <p aria-busy>Loading …</p>}
    </>
  )
}

function Begun({ dashboard: { id, title, sourceCode } }: { dashboard: StoredDashboard }) {
  const [source, setSource] = useState(sourceCode)
  const cache = useQueryClient()
  const isChanged = source !== sourceCode
  useUnsaved(isChanged)
  const save = useMutation({
    mutationFn: () => updateDashboard(id, source),
    onSuccess: (next) => {
      done(`Dashboard ${next.title} is saved`)
      cache.setQueryData(dashboardQuery(id).queryKey, next)
      void cache.invalidateQueries({ queryKey: ['dashboards', 'list'] })
    },
  })
  const address = `/dashboards/${part(id)}`
  return (
    <>
      <PageHead title={`Edit ${title}`} crumbs={<><Link to="/dashboards/default">Dashboards</Link> / <Link to={address}>{title}</Link></>} />
      <DashboardEditor source={source} onChange={setSource} onSave={() => isChanged && save.mutate()} isChanged={isChanged} isSaving={save.isPending} error={save.error}>
        <Button variant="default" component={Link} to={address}>Show</Button>
      </DashboardEditor>
    </>
  )
}
