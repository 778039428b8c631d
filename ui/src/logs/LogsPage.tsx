import { t } from '../language'
import { PageHead } from '../parts/PageHead'
import { LogsList } from './LogsList'

export default function LogsPage() {
  return (
    <>
      <PageHead title={t`Logs`} />
      <LogsList />
    </>
  )
}
