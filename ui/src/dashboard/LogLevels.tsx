import { Title } from '@mantine/core'
import { Link, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { t } from '../language'
import './dashboard.css'

const LevelsOverTime = lazy(() => import('../logs/LevelsOverTime'))

interface Props {
  namespace: string
  startDate: string
  endDate?: string | undefined
}

const LOWEST = 'TRACE'

/** Log lines by time and level; a bar leads to the lines of its level and above. */
export function LogLevels({ namespace, startDate, endDate }: Props) {
  const navigate = useNavigate()
  const search = { namespace, startDate, endDate }
  const open = (minLevel: string) => void navigate({ to: '/logs', search: { ...search, minLevel } as never })
  return (
    <section className="panel box" aria-label={t`Log lines by level`}>
      <Title order={2} mb={6}><Link to="/logs" search={{ ...search, minLevel: LOWEST } as never}>{t`Log lines by level`}</Link></Title>
      <Suspense fallback={<div style={{ height: 90 }} />}>
        <LevelsOverTime filter={{ q: '', namespace, flowId: '', logLevel: LOWEST }} startDate={startDate} endDate={endDate} onLevel={open} />
      </Suspense>
    </section>
  )
}
