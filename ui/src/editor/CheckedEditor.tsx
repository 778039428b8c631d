import { Button, Group, SegmentedControl } from '@mantine/core'
import { lazy, Suspense, useState, type ReactNode } from 'react'
import { ErrorBox } from '../parts/ErrorBox'
import { ProblemList, Verdict } from './Findings'
import { positive } from '../search'
import { useAddress } from '../useAddress'
import type { Mark } from './problems'
import type { Checked } from './useChecked'
import './editor.css'

const loading = import('./CodeEditor')
const CodeEditor = lazy(() => loading)

export interface EditorProps {
  source: string
  onChange: (source: string) => void
  onSave: () => void
  isChanged: boolean
  isSaving: boolean
  error: unknown
  /** Further buttons. */
  children?: ReactNode
}

type View = 'source' | 'both' | 'picture'

interface Props extends EditorProps {
  kind: 'flow' | 'dashboard'
  checked: Checked
  /** What stands beside the text, and how the switch names it. */
  picture: (view: View) => ReactNode
  pictured: string
  height: string
}

/** The line that the address names. */
const placeOf = (line: number): Mark | undefined => (line ? { severity: 'info', message: '', line, column: 1 } : undefined)

/** A text, what is wrong with it, and beside it what it means; what is typed is checked when the typing pauses. */
export function CheckedEditor({ kind, checked, picture, pictured, height, source, onChange, onSave, isChanged, isSaving, error, children }: Props) {
  const [view, setView] = useState<View>('both')
  const [search] = useAddress()
  const [target, setTarget] = useState<Mark | undefined>(() => placeOf(positive(search, 'line', 0)))
  const { marks, isChecking, isKnown } = checked
  return (
    <>
      <Group justify="space-between" mb="xs" gap="xs">
        <SegmentedControl
          size="xs" value={view} onChange={(value) => setView(value as View)} className="only-wide" aria-label="View"
          data={[{ value: 'source', label: 'Source' }, { value: 'both', label: `Source and ${pictured.toLowerCase()}` }, { value: 'picture', label: pictured }]}
        />
        <Group gap="xs" ml="auto">
          <Verdict marks={marks} isChecking={isChecking} isKnown={isKnown} />
          {children}
          <Button onClick={onSave} loading={isSaving} disabled={!isChanged}>Save</Button>
        </Group>
      </Group>
      <ErrorBox error={error ?? checked.error} />
      <div className="source" data-view={view}>
        <div className="source-text" style={{ minHeight: height }}>
          <Suspense fallback={<p aria-busy>Loading the editor …</p>}>
            <CodeEditor schema={kind} value={source} onChange={onChange} onSave={onSave} marks={marks} target={target} height={height} label={`Source of the ${kind}`} />
          </Suspense>
        </div>
        <ProblemList marks={marks} onChoose={(mark) => setTarget({ ...mark })} />
        {view !== 'source' && picture(view)}
      </div>
    </>
  )
}
