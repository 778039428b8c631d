import { lazy, Suspense } from 'react'
import { validateFlow } from '../api/flows'
import type { Drawable } from '../topology/graph'
import { CheckedEditor, type EditorProps } from './CheckedEditor'
import { useChecked, type Check } from './useChecked'
import { useReadable } from './useReadable'

const Topology = lazy(() => import('../topology/Topology'))
const HEIGHT = 'max(300px, calc(100dvh - 262px))'
const NOTHING: Drawable = {}

const check: Check = async (source, signal) => (await validateFlow(source, signal))[0] ?? null

/** Source and picture of a flow side by side. */
export function SourceEditor(props: EditorProps) {
  const checked = useChecked('flow', props.source, check)
  const flow = useReadable<Drawable>(checked.settled) ?? NOTHING
  return (
    <CheckedEditor
      {...props} kind="flow" checked={checked} pictured="Topology" height={HEIGHT}
      picture={(view) => (
        <div className="source-picture only-wide">
          <Suspense fallback={<p aria-busy>Drawing …</p>}><Topology flow={flow} height={HEIGHT} isDown={view === 'both'} /></Suspense>
        </div>
      )}
    />
  )
}
