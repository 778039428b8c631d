import { Button, Group, NativeSelect, Switch, Text } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { revisionsQuery, updateFlow } from '../api/flows'
import type { Flow } from '../api/types'
import { counted, t } from '../language'
import { confirmed } from '../parts/confirmed'
import { failed } from '../parts/notes'
import { ErrorBox } from '../parts/ErrorBox'
import { fullMoment } from '../parts/durations'
import { isLocked } from '../flows/locked'
import { familyOf, useEditorTheme } from './editorLooks'
import { monaco, SCROLLBAR } from './monaco'
import { preferences } from '../settings/preferences'
import { positive } from '../search'
import { useAddress } from '../useAddress'
import { compared } from './changes'
import { useRevised } from './useRevised'

/** Length of a moment without its seconds. */
const MINUTES = 16

export default function Revisions({ flow }: { flow: Flow }) {
  const { data, error } = useQuery(revisionsQuery(flow.namespace, flow.id))
  if (error) return <ErrorBox error={error} />
  if (!data) return null
  if (data.length < 2) return <Text c="dimmed">{t`There is one revision so far: nothing to compare it with.`}</Text>
  return <Compared flow={flow} revisions={data} />
}

function Compared({ flow, revisions }: { flow: Flow; revisions: readonly Flow[] }) {
  const { namespace, id } = flow
  const latest = revisions.at(-1) as Flow
  const [search, change] = useAddress()
  const { left, right } = compared(revisions.map(({ revision }) => revision), positive(search, 'left', 0), positive(search, 'right', 0))
  const [isBeside, setBeside] = useState(true)
  const [isWhole, setWhole] = useState(false)
  const [count, setCount] = useState<Counted>()
  const sourceOf = (revision: number) => revisions.find((item) => item.revision === revision)?.source ?? ''
  const restore = useMutation({
    mutationFn: (revision: number) => updateFlow(namespace, id, sourceOf(revision)),
    onSuccess: useRevised(flow),
    onError: failed,
  })
  const names = revisions.toReversed().map(({ revision, updated }) => ({
    value: String(revision),
    label: [revision === latest.revision ? t`Revision ${revision} (latest)` : t`Revision ${revision}`, updated && fullMoment(updated).slice(0, MINUTES)].filter(Boolean).join(', '),
  }))
  return (
    <>
      <Group gap="xs" mb="xs">
        <NativeSelect size="xs" w={{ base: '100%', xs: 'auto' }} aria-label={t`Left revision`} data={names} value={String(left)} onChange={(event) => change({ left: event.currentTarget.value, right })} />
        <NativeSelect size="xs" w={{ base: '100%', xs: 'auto' }} aria-label={t`Right revision`} data={names} value={String(right)} onChange={(event) => change({ left, right: event.currentTarget.value })} />
        <Switch size="xs" className="only-wide" label={t`Side by side`} checked={isBeside} onChange={(event) => setBeside(event.currentTarget.checked)} />
        <Switch size="xs" label={t`Whole text`} checked={isWhole} onChange={(event) => setWhole(event.currentTarget.checked)} />
        <Button
          variant="default" loading={restore.isPending} disabled={left === latest.revision || isLocked(flow)}
          onClick={() => confirmed(t`Save the source of revision ${left} as a new revision?`) && restore.mutate(left)}
        >
          {t`Restore revision ${left}`}
        </Button>
        {count && <Text size="sm" c="dimmed" title={t`${counted(count.added, 'line')} added, ${count.removed} removed`}>{t`+${count.added} −${count.removed} lines`}</Text>}
      </Group>
      <Difference before={sourceOf(left)} after={sourceOf(right)} isBeside={isBeside} isWhole={isWhole} onCounted={setCount} />
    </>
  )
}

interface Counted {
  added: number
  removed: number
}

interface DifferenceProps {
  before: string
  after: string
  isBeside: boolean
  isWhole: boolean
  onCounted: (count: Counted) => void
}

/** The editor of a difference takes the names of its two sides away when it fits itself to another width. */
function keepName(side: monaco.editor.ICodeEditor, name: string) {
  const give = () => side.getOption(monaco.editor.EditorOption.ariaLabel) !== name && side.updateOptions({ ariaLabel: name })
  side.onDidChangeConfiguration(give)
  give()
}

/** An end before its start tells that there are no such lines. */
const lengthOf = (start: number, end: number) => Math.max(0, end - start + 1)

function Difference({ before, after, isBeside, isWhole, onCounted }: DifferenceProps) {
  const box = useRef<HTMLDivElement>(null)
  useEditorTheme()
  useEffect(() => {
    if (!box.current) return
    const editor = monaco.editor.createDiffEditor(box.current, {
      readOnly: true, automaticLayout: true, renderSideBySide: isBeside, minimap: { enabled: false }, fontSize: 13, fontFamily: familyOf(preferences().editorFont), scrollBeyondLastLine: false,
      hideUnchangedRegions: { enabled: !isWhole }, renderOverviewRuler: false, scrollbar: SCROLLBAR,
    })
    const [original, modified] = [monaco.editor.createModel(before, 'yaml'), monaco.editor.createModel(after, 'yaml')]
    editor.setModel({ original, modified })
    keepName(editor.getOriginalEditor(), t`Left revision`)
    keepName(editor.getModifiedEditor(), t`Right revision`)
    editor.onDidUpdateDiff(() => {
      const changes = editor.getLineChanges() ?? []
      onCounted({
        added: changes.reduce((sum, change) => sum + lengthOf(change.modifiedStartLineNumber, change.modifiedEndLineNumber), 0),
        removed: changes.reduce((sum, change) => sum + lengthOf(change.originalStartLineNumber, change.originalEndLineNumber), 0),
      })
    })
    return () => {
      editor.setModel(null)
      editor.dispose()
      original.dispose()
      modified.dispose()
    }
  }, [before, after, isBeside, isWhole, onCounted])
  return <div ref={box} className="panel" style={{ height: 'calc(100dvh - 220px)', overflow: 'hidden' }} />
}
