import { Button, Group, SegmentedControl } from '@mantine/core'
import { useHotkeys, useMediaQuery } from '@mantine/hooks'
import { lazy, Suspense, useState, type ReactNode } from 'react'
import { t } from '../language'
import { ErrorBox } from '../parts/ErrorBox'
import { ProblemList, Verdict } from './Findings'
import { Halves } from './Halves'
import { positive } from '../search'
import { useAddress } from '../useAddress'
import type { OffersIn } from '../expressions/lookups'
import type { Insertion } from './insertion'
import type { Cursor } from './places'
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
  /** It is to be read only. */
  isLocked?: boolean
  /** Whether the keys of the page are meant for it: of several texts that are open, one is seen. */
  isShown?: boolean
  /** Properties of the flow that forms let nobody change. */
  fixed?: readonly string[]
  /** What its bar begins with. */
  lead?: ReactNode
  /** Further buttons. */
  children?: ReactNode
}

/** What is seen: the text, something beside it, or both. */
export interface View<Id extends string> {
  id: Id
  label: string
  shows: 'source' | 'both' | 'picture'
  /** What stands beside the text, or instead of it. */
  picture?: () => ReactNode
  /** Where there is no room for it, there is the text alone. */
  isWide?: boolean
}

interface Props<Id extends string> extends EditorProps {
  kind: 'flow' | 'dashboard'
  checked: Checked
  /** The first is that of the text alone. */
  views: readonly View<Id>[]
  view: Id
  onView: (view: Id) => void
  height: string
  onCursor?: ((cursor: Cursor) => void) | undefined
  insertion?: Insertion | undefined
  offers?: OffersIn | undefined
  sight?: { line: number } | undefined
}

const NARROW = '(max-width: 768px)'
/** Where two parts stand one below the other. */
const LOW = 'max(220px, 44dvh)'

/** The line that the address names. */
const placeOf = (line: number): Mark | undefined => (line ? { severity: 'info', message: '', line, column: 1 } : undefined)

/** A text, what is wrong with it, and beside it what it means; what is typed is checked when the typing pauses. */
export function CheckedEditor<Id extends string>(props: Props<Id>) {
  const { kind, checked, views, view, onView, height, onCursor, insertion, offers, sight, source, onChange, onSave, isChanged, isSaving, error, isLocked = false, isShown = true, lead, children } = props
  const isNarrow = useMediaQuery(NARROW, undefined, { getInitialValueInEffect: false })
  const offered = views.filter(({ isWide }) => !isWide || !isNarrow)
  const shown = offered.find(({ id }) => id === view) ?? (offered[0] as View<Id>)
  const tall = isNarrow && shown.shows === 'both' ? LOW : height
  const [search] = useAddress()
  const [target, setTarget] = useState<Mark | undefined>(() => placeOf(positive(search, 'line', 0)))
  const { marks, isChecking, isKnown } = checked
  // Beside the text, too: in it the editor hears them first.
  useHotkeys(isShown && !isLocked ? [['mod+S', onSave]] : [], [])
  return (
    <>
      <Group mb="xs" gap="xs">
        {lead && <div className="editor-lead">{lead}</div>}
        {offered.length > 1 && <SegmentedControl size="xs" value={shown.id} onChange={onView} aria-label={t`View`} data={offered.map(({ id, label }) => ({ value: id, label }))} />}
        <Group gap="xs" ml="auto" className="editor-acts">
          <Verdict marks={marks} isChecking={isChecking} isKnown={isKnown} />
          {children}
          <Button onClick={onSave} loading={isSaving} disabled={!isChanged || isLocked}>{t`Save`}</Button>
        </Group>
      </Group>
      <ErrorBox error={error ?? checked.error} />
      <Halves
        shows={shown.shows} isDivided={shown.shows === 'both' && !isNarrow}
        text={
          <div className="source-text" style={{ minHeight: tall }}>
            <Suspense fallback={<p aria-busy>{t`Loading the editor …`}</p>}>
              <CodeEditor
                schema={kind} value={source} {...(isLocked ? {} : { onChange, onSave })} marks={marks} target={target} onCursor={onCursor} insertion={insertion} offers={offers} sight={sight}
                height={tall} label={kind === 'flow' ? t`Source of the flow` : t`Source of the dashboard`}
              />
            </Suspense>
          </div>
        }
        problems={<ProblemList marks={marks} onChoose={(mark) => setTarget({ ...mark })} />}
        picture={shown.picture?.()}
      />
    </>
  )
}
