import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { part } from '../api/client'
import { createDashboard } from '../api/dashboards'
import { t } from '../language'
import { PageHead } from '../parts/PageHead'
import { done } from '../parts/notes'
import { DashboardEditor } from './DashboardEditor'
import { CRUMB } from './LoadedDashboard'
import { TEMPLATE } from './template'

export default function NewDashboardPage() {
  const [source, setSource] = useState(TEMPLATE)
  const navigate = useNavigate()
  const cache = useQueryClient()
  const create = useMutation({
    mutationFn: () => createDashboard(source),
    onSuccess: ({ id, title }) => {
      done(t`Dashboard ${title} is created`)
      void cache.invalidateQueries({ queryKey: ['dashboards', 'list'] })
      void navigate({ to: `/dashboards/${part(id)}` })
    },
  })
  return (
    <>
      <PageHead title={t`New dashboard`} crumbs={CRUMB} />
      <DashboardEditor source={source} onChange={setSource} onSave={() => create.mutate()} isChanged isSaving={create.isPending} error={create.error} />
    </>
  )
}
