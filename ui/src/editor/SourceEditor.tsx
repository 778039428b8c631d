import { Button, Group, SegmentedControl } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useMemo, useState, type ReactNode } from 'react'
import { validateFlow } from '../api/flows'
import { ErrorBox } from '../parts/ErrorBox'
import type { Drawable } from '../topology/graph'
import CodeEditor from './CodeEditor'
import { ProblemList, Verdict } from './Findings'
import { marksOf, type Mark } from './problems'
import { useReadable } from './useReadable'

const Topology = lazy(() => import('../topology/Topology'))
const TYPING_MS = 500
const HEIGHT = 'calc(100dvh - 300px)'
const NOTHING: Drawable = {}

interface Props {
  source: string
  onChange: (source: string) => void
  onSave: () => void
  isChanged: boolean
  isSaving: boolean
  error: unknown
  children?: ReactNode
}

/** Source and picture side by side; the server checks what is typed when the typing pauses. */
export function SourceEditor({ source, onChange, onSave, isChanged, isSaving, error, children }: Props) {
  const [settled] = useDebouncedValue(source, TYPING_MS)
  const [view, setView] = useState('both')
  const [target, setTarget] = useState<Mark>()
  const validation = useQuery({
    queryKey: ['validate', settled],
    queryFn: ({ signal }) => validateFlow(settled, signal),
    enabled: settled.trim() !== '',
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  })
  const marks = useMemo(() => marksOf(validation.data?.[0]), [validation.data])
  const flow = useReadable<Drawable>(settled) ?? NOTHING
  return (
    <>
      <Group justify="space-between" mb="xs" gap="xs">
        <SegmentedControl
          size="xs" value={view} onChange={setView} className="only-wide" aria-label="View"
          data={[{ value: 'source', label: 'Source' }, { value: 'both', label: 'Source and topology' }, { value: 'picture', label: 'Topology' }]}
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
          <CodeEditor isFlow value={source} onChange={onChange} onSave={onSave} marks={marks} target={target} height={HEIGHT} label="Source of the flow" />
        </div>
        <div className="source-picture only-wide">
          {view !== 'source' && <Suspense fallback={<p aria-busy>Drawing …</p>}><Topology flow={flow} height={HEIGHT} isDown={view === 'both'} /></Suspense>}
        </div>
      </div>
      <ProblemList marks={marks} onChoose={(mark) => setTarget({ ...mark })} />
    </>
  )
}
