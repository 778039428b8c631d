import { DashboardChooser } from '../dashboards/DashboardChooser'
import { t } from '../language'
import { PageHead } from '../parts/PageHead'
import { Dashboard } from './Dashboard'
import { DashboardFilter, useNarrowing } from './DashboardFilter'

export default function DashboardPage() {
  const narrowing = useNarrowing()
  return (
    <>
      <PageHead title={t`Dashboard`} badge={<DashboardChooser current="default" />}>
        <DashboardFilter narrowing={narrowing} />
      </PageHead>
      <Dashboard {...narrowing} />
    </>
  )
}
