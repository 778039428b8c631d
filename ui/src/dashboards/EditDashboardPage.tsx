import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { part } from '../api/client'
import { dashboardQuery, updateDashboard, type StoredDashboard } from '../api/dashboards'
import { useUnsaved } from '../editor/useUnsaved'
import { t } from '../language'
import { PageHead } from '../parts/PageHead'
import { done } from '../parts/notes'
import { DashboardEditor } from './DashboardEditor'
import { CRUMB, LoadedDashboard } from './LoadedDashboard'

export default function EditDashboardPage() {
  return <LoadedDashboard>{(dashboard) => <Begun dashboard={dashboard} />}</LoadedDashboard>
}

function Begun({ dashboard: { id, title, sourceCode } }: { dashboard: StoredDashboard }) {
  const [source, setSource] = useState(sourceCode)
  const cache = useQueryClient()
  const isChanged = source !== sourceCode
  useUnsaved(isChanged)
  const save = useMutation({
    mutationFn: () => updateDashboard(id, source),
    onSuccess: (next) => {
      done(t`Dashboard ${next.title} is saved`)
      cache.setQueryData(dashboardQuery(id).queryKey, next)
      void cache.invalidateQueries({ queryKey: ['dashboards', 'list'] })
    },
  })
  const address = `/dashboards/${part(id)}`
  return (
    <>
      <PageHead title={t`Edit ${title}`} crumbs={<>{CRUMB} / <Link to={address}>{title}</Link></>} />
      <DashboardEditor source={source} onChange={setSource} onSave={() => isChanged && save.mutate()} isChanged={isChanged} isSaving={save.isPending} error={save.error}>
        <Button variant="default" component={Link} to={address}>{t`Show`}</Button>
      </DashboardEditor>
    </>
  )
}
