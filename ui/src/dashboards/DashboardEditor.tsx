import { Button, Group, SegmentedControl } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useMemo, useState, type ReactNode } from 'react'
import { useCan } from '../api/capabilities'
import { validateDashboard } from '../api/dashboards'
import { ProblemList, Verdict } from '../editor/Findings'
import { marksOf, type Mark } from '../editor/problems'
import { useReadable } from '../editor/useReadable'
import { ErrorBox } from '../parts/ErrorBox'
import { ChartGrid } from './ChartGrid'
import { placed } from './placed'
import { writtenOf } from './written'
import '../editor/editor.css'

const DashboardCode = lazy(() => import('./DashboardCode'))
const TYPING_MS = 500
const HEIGHT = 'calc(100dvh - 240px)'

interface Props {
  source: string
  onChange: (source: string) => void
  onSave: () => void
  isChanged: boolean
  isSaving: boolean
  error: unknown
  children?: ReactNode
}

/** The text of a dashboard, and beside it what its charts show; both are asked about when the typing pauses. */
export function DashboardEditor({ source, onChange, onSave, isChanged, isSaving, error, children }: Props) {
  const [settled] = useDebouncedValue(source, TYPING_MS)
  const [view, setView] = useState('both')
  const [target, setTarget] = useState<Mark>()
  const validation = useQuery({
    queryKey: ['dashboards', 'validate', settled],
    queryFn: ({ signal }) => validateDashboard(settled, signal),
    enabled: useCan('POST /api/v1/dashboards/validate') && settled.trim() !== '',
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  })
  const marks = useMemo(() => marksOf(placed(settled, validation.data)), [settled, validation.data])
  return (
    <>
      <Group justify="space-between" mb="xs" gap="xs">
        <SegmentedControl
          size="xs" value={view} onChange={setView} className="only-wide" aria-label="View"
          data={[{ value: 'source', label: 'Source' }, { value: 'both', label: 'Source and charts' }, { value: 'picture', label: 'Charts' }]}
        />
        <Group gap="xs" ml="auto">
          <Verdict marks={marks} isChecking={validation.isFetching} isKnown={validation.data !== undefined} />
          {children}
          <Button onClick={onSave} loading={isSaving} disabled={!isChanged}>Save</Button>
        </Group>
      </Group>
      <ErrorBox error={error ?? validation.error} />
      <div className="source" data-view={view}>
        <div className="source-text">
          <Suspense fallback={<p aria-busy>Loading the editor …</p>}>
            <DashboardCode value={source} onChange={onChange} onSave={onSave} marks={marks} target={target} height={HEIGHT} />
          </Suspense>
          <ProblemList marks={marks} onChoose={(mark) => setTarget({ ...mark })} />
        </div>
        <div className="preview" role="region" aria-label="Preview" tabIndex={0} style={{ maxHeight: HEIGHT }}>
          {view !== 'source' && <Preview source={settled} />}
        </div>
      </div>
    </>
  )
}

function Preview({ source }: { source: string }) {
  const readable = useReadable<unknown>(source)
  const { charts, window } = writtenOf(readable)
  return <ChartGrid charts={charts} view={{ timeRange: window.default, window, namespace: '', flow: '', everyMs: false }} />
}
