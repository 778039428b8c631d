import { useState, type CSSProperties } from 'react'
import { useCan } from '../api/capabilities'
import { validateDashboard } from '../api/dashboards'
import { CheckedEditor, type EditorProps, type View } from '../editor/CheckedEditor'
import { useChecked, type Check } from '../editor/useChecked'
import { useReadable } from '../editor/useReadable'
import { t } from '../language'
import { ChartGrid } from './ChartGrid'
import { everything } from './narrowed'
import { placed } from './placed'
import { writtenOf } from './written'

const HEIGHT = 'calc(100dvh - 240px)'

type Seen = View<string>['shows']

const check: Check = async (source, signal) => placed(source, await validateDashboard(source, signal))

/** The text of a dashboard, and beside it what its charts show. */
export function DashboardEditor(props: EditorProps) {
  const canCheck = useCan('POST /api/v1/dashboards/validate')
  const checked = useChecked('dashboard', props.source, canCheck ? check : undefined)
  const { charts, window } = writtenOf(useReadable<unknown>(checked.settled))
  const [view, setView] = useState<Seen>('both')
  const picture = () => (
    <div className="source-picture preview" role="region" aria-label={t`Preview`} tabIndex={0} style={{ '--most': HEIGHT } as CSSProperties}>
      <ChartGrid charts={charts} view={{ ...everything(window), everyMs: false }} />
    </div>
  )
  const views: View<Seen>[] = [
    { id: 'source', label: t`Source`, shows: 'source' },
    { id: 'both', label: t`Source and charts`, shows: 'both', picture },
    { id: 'picture', label: t`Charts`, shows: 'picture', picture },
  ]
  return <CheckedEditor {...props} kind="dashboard" checked={checked} height={HEIGHT} views={views} view={view} onView={setView} />
}
