import { Button, Group, SegmentedControl, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useMemo, useState, type ReactNode } from 'react'
import { parse } from 'yaml'
import { validateFlow } from '../api/flows'
import { ErrorBox } from '../parts/ErrorBox'
import type { Drawable } from '../topology/graph'
import CodeEditor from './CodeEditor'
import { marksOf, type Mark } from './problems'
import './editor.css'

const Topology = lazy(() => import('../topology/Topology'))
const TYPING_MS = 500
const HEIGHT = 'calc(100dvh - 300px)'

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
  const flow = useDrawable(settled)
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

/** The picture of the last text that could be read: half a line of YAML does not wipe it out. */
function useDrawable(source: string): Drawable {
  const [last, setLast] = useState<Drawable>({})
  const read = useMemo(() => {
    try {
      return parse(source, { logLevel: 'silent' }) as Drawable | null
    } catch {
      return undefined
    }
  }, [source])
  const isReadable = typeof read === 'object' && read !== null
  if (isReadable && read !== last) setLast(read)
  return isReadable ? read : last
}

interface VerdictProps {
  marks: readonly Mark[]
  isChecking: boolean
  isKnown: boolean
}

function Verdict({ marks, isChecking, isKnown }: VerdictProps) {
  const errors = marks.filter(({ severity }) => severity === 'error').length
  if (!isKnown) return null
  const text = errors ? `${errors} ${errors === 1 ? 'error' : 'errors'}` : 'Valid'
  return <Text size="sm" role="status" data-state={errors ? 'FAILED' : 'SUCCESS'} c="var(--state)" opacity={isChecking ? 0.6 : 1}>{errors ? '✕' : '✓'} {text}</Text>
}

function ProblemList({ marks, onChoose }: { marks: readonly Mark[]; onChoose: (mark: Mark) => void }) {
  if (!marks.length) return null
  return (
    <ul className="problems" aria-label="Problems">
      {marks.map((mark, index) => (
        <li key={index} data-state={mark.severity === 'error' ? 'FAILED' : mark.severity === 'warning' ? 'WARNING' : 'RUNNING'}>
          <button type="button" className="plain" onClick={() => onChoose(mark)}>
            <span className="mono">{mark.line}:{mark.column}</span> {mark.message}
          </button>
        </li>
      ))}
    </ul>
  )
}
