import { PageHead } from '../parts/PageHead'
import { Dashboard } from './Dashboard'
import { DashboardFilter, useNarrowing } from './DashboardFilter'

export default function DashboardPage() {
  const narrowing = useNarrowing()
  return (
    <>
      <PageHead title="Dashboard">
        <DashboardFilter narrowing={narrowing} />
      </PageHead>
      <Dashboard {...narrowing} />
    </>
  )
}
