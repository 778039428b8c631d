import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { Fragment, type ReactNode } from 'react'
import { dashboardQuery, type StoredDashboard } from '../api/dashboards'
import { t } from '../language'
import { ErrorBox } from '../parts/ErrorBox'
import { PageHead } from '../parts/PageHead'
import { DashboardChooser } from './DashboardChooser'

export const CRUMB = <Link to="/dashboards/default">{t`Dashboards`}</Link>

/** The dashboard that the address names, begun anew with another; until it is there, and where there is none, a page that says so. */
export function LoadedDashboard({ children }: { children: (dashboard: StoredDashboard) => ReactNode }) {
  const { dashboardId = '' } = useParams({ strict: false }) as { dashboardId?: string }
  const { data, error } = useQuery(dashboardQuery(dashboardId))
  if (data && !error) return <Fragment key={dashboardId}>{children(data)}</Fragment>
  return (
    <>
      <PageHead title={error ? t`No such dashboard` : t`Dashboard`} crumbs={CRUMB} badge={<DashboardChooser current={dashboardId} />} />
      {error ? <ErrorBox error={error} /> : <p aria-busy>{t`Loading …`}</p>}
    </>
  )
}
