import { useDebouncedCallback, useHotkeys } from '@mantine/hooks'
import { useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { useCan } from '../api/capabilities'
import { validateFlow } from '../api/flows'
import { fetchedOnce } from '../executions/later'
import { flowOffers } from '../expressions/lookups'
import { t } from '../language'
import { Late } from '../parts/Late'
import { setPreferences, usePreferences, type EditorView } from '../settings/preferences'
import { topology } from '../topology/fetched'
import type { Drawable } from '../topology/graph'
import { CheckedEditor, type EditorProps, type View } from './CheckedEditor'
import type { Insertion } from './insertion'
import type { Cursor } from './places'
import { useChecked, type Check } from './useChecked'
import { useReadable } from './useReadable'

const documentation = fetchedOnce(() => import('./Documentation'))
const form = fetchedOnce(() => import('../nocode/FormPane'))
const examples = fetchedOnce(() => import('./Examples'))
const HEIGHT = 'var(--editor-height)'
const NOTHING: Drawable = {}
const NOTHING_FIXED: readonly string[] = []
const FOLLOWED_MS = 150

const check: Check = async (source, signal) => (await validateFlow(source, signal))[0] ?? null

const choose = (editorView: EditorView) => setPreferences({ editorView })

/** The source of a flow, and beside it what is chosen: what the cursor is in, a picture, examples. */
export function SourceEditor(props: EditorProps) {
  const { source, onChange, fixed = NOTHING_FIXED, isLocked = false, isShown = true } = props
  const { editorView: view } = usePreferences()
  const checked = useChecked('flow', source, check)
  // Reading a long text takes its time: only a picture needs it.
  const isDrawn = view === 'topology' || view === 'picture'
  const flow = useReadable<Drawable>(isDrawn ? checked.settled : '') ?? NOTHING
  const [cursor, setCursor] = useState<Cursor>()
  const [insertion, setInsertion] = useState<Insertion>()
  const [sight, setSight] = useState<{ line: number }>()
  const cache = useQueryClient()
  const offers = useMemo(() => flowOffers(cache), [cache])
  const follow = useDebouncedCallback(setCursor, FOLLOWED_MS)
  // In the text, too.
  useHotkeys(isShown ? [['F9', () => choose(view === 'documentation' ? 'source' : 'documentation')]] : [], [])
  const drawn = (isDown: boolean) => () => (
    <div className="source-picture"><Late source={topology} waiting={t`Drawing …`} of={{ flow, height: HEIGHT, isDown, editing: isLocked ? undefined : { source, onChange } }} /></div>
  )
  const isWith: Partial<Record<EditorView, boolean>> = { documentation: useCan('GET /api/v1/plugins/{}'), examples: useCan('GET /api/v1/blueprints/community'), form: !isLocked }
  const views: View<EditorView>[] = [
    { id: 'source', label: t`Source`, shows: 'source' },
    { id: 'documentation', label: t`Documentation`, shows: 'both', picture: () => <Late key="documentation" source={documentation} waiting={t`Loading …`} of={{ source, cursor, onInsert: isLocked ? undefined : setInsertion }} /> },
    { id: 'form', label: t`Form`, shows: 'both', picture: () => <Late key="form" source={form} waiting={t`Loading …`} of={{ source, cursor, locked: fixed, onChange, onGo: (line) => setSight({ line }) }} /> },
    { id: 'topology', label: t`Topology`, shows: 'both', picture: drawn(true), isWide: true },
    { id: 'picture', label: t`Topology alone`, shows: 'picture', picture: drawn(false) },
    { id: 'examples', label: t`Examples`, shows: 'both', picture: () => <Late key="examples" source={examples} waiting={t`Loading …`} of={{}} /> },
  ]
  return (
    <CheckedEditor
      {...props} kind="flow" checked={checked} height={HEIGHT} views={views.filter(({ id }) => isWith[id] ?? true)} view={view} onView={choose}
      onCursor={view === 'documentation' || view === 'form' ? follow : undefined} insertion={insertion} offers={offers} sight={sight}
    />
  )
}
