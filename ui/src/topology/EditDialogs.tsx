import { Modal, NativeSelect, Text, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { t } from '../language'
import ItemDrawer from '../nocode/ItemDrawer'
import TypeChooser from '../nocode/TypeChooser'
import { UnreadableText, valueAt } from '../nocode/text'
import { Dialog } from '../parts/Dialog'
import { Markdown } from '../parts/Markdown'
import { useFocusBack } from '../parts/useFocusBack'
import { whyNotSwapped } from './edits'
import type { GraphNode } from './graph'
import { isSame } from './slots'
import type { Acts, Open } from './useEdits'

interface Props {
  open: Open
  /** All that is in the picture. */
  nodes: readonly GraphNode[]
  source: string
  acts: Acts
  onChange: (source: string) => void
  onClose: () => void
}

/** What is asked, or edited, beside the picture. */
export function EditDialogs({ open, nodes, source, acts, onChange, onClose }: Props) {
  switch (open.what) {
    case 'item': return <ItemDrawer key={open.place.join('/')} source={source} path={open.place} onChange={onChange} onClose={onClose} />
    case 'type': return <AddDialog open={open} acts={acts} onClose={onClose} />
    case 'property': return <PropertyDialog open={open} source={source} acts={acts} onClose={onClose} />
    case 'case': return <CaseDialog open={open} source={source} acts={acts} onClose={onClose} />
    case 'swap': return <SwapDialog node={open.node} nodes={nodes} acts={acts} onClose={onClose} />
  }
}

const ADDED = { tasks: t`Add a task`, triggers: t`Add a trigger` }

function AddDialog({ open: { slot, kind }, acts, onClose }: { open: Extract<Open, { what: 'type' }>; acts: Acts; onClose: () => void }) {
  useFocusBack()
  return (
    <Modal opened onClose={onClose} size="lg" title={ADDED[kind]}>
      <TypeChooser
        kind={kind} onCancel={onClose}
        onChoose={(type) => {
          onClose()
          acts.addType(slot, type)
        }}
      />
    </Modal>
  )
}

/** What is written at a place; nothing where the text cannot be read. */
function writtenAt(source: string, place: Open & { what: 'property' }): string {
  try {
    const value = valueAt(source, [...place.place, place.name])
    return value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value)
  } catch (error) {
    if (error instanceof UnreadableText) return ''
    throw error
  }
}

function PropertyDialog({ open, source, acts, onClose }: { open: Extract<Open, { what: 'property' }>; source: string; acts: Acts; onClose: () => void }) {
  const [text, setText] = useState(() => writtenAt(source, open))
  const { title, name, place } = open
  const isDescription = name === 'description'
  const save = () => {
    onClose()
    acts.setProperty(place, name, text)
  }
  return (
    <Dialog title={isDescription ? t`Description of ${title}` : t`Condition of ${title}`} verb={t`Done`} onConfirm={save} onClose={onClose}>
      <Textarea
        data-autofocus autosize minRows={isDescription ? 4 : 2} maxRows={14} value={text} onChange={(event) => setText(event.currentTarget.value)}
        aria-label={isDescription ? t`Description` : t`Condition`}
        description={isDescription ? t`What it is for, in Markdown.` : t`It runs unless this gives false, 0 or an empty text: {{ … }}`}
        {...(isDescription ? {} : { ff: 'monospace' })}
      />
      {isDescription && text.trim() && <section aria-label={t`Preview`} className="panel" style={{ padding: '2px 12px' }}><Markdown text={text} /></section>}
    </Dialog>
  )
}

function CaseDialog({ open: { place, title }, source, acts, onClose }: { open: Extract<Open, { what: 'case' }>; source: string; acts: Acts; onClose: () => void }) {
  const [name, setName] = useState('')
  const list = [...place, 'cases', name]
  const isTaken = name !== '' && valueAt(source, list) !== undefined
  return (
    <Dialog title={t`New case of ${title}`} verb={t`Choose its first task`} isOff={!name || isTaken} onConfirm={() => acts.add({ list, index: 0 }, 'tasks')} onClose={onClose}>
      <TextInput data-autofocus label={t`Value that its tasks run for`} value={name} onChange={(event) => setName(event.currentTarget.value)} error={isTaken && t`There is a case for this value.`} />
      {!name && <Text size="xs" c="dimmed">{t`The value of the task is compared with it.`}</Text>}
    </Dialog>
  )
}

/** What dragging does, for those who do not drag. */
function SwapDialog({ node, nodes, acts, onClose }: { node: GraphNode; nodes: readonly GraphNode[]; acts: Acts; onClose: () => void }) {
  const others = nodes.filter(({ id, place }) => id !== node.id && place && node.place && !isSame(place, node.place) && whyNotSwapped(node.place, place) === undefined)
  const [wanted, want] = useState('')
  const other = others.find(({ id }) => id === wanted)
  const swap = () => {
    if (!other) return
    onClose()
    acts.swap(node, other)
  }
  return (
    <Dialog title={t`${node.title} changes places`} verb={t`Swap`} isOff={!other} onConfirm={swap} onClose={onClose}>
      <NativeSelect
        data-autofocus label={t`With`} value={wanted} onChange={(event) => want(event.currentTarget.value)}
        data={[{ value: '', label: others.length ? t`Choose …` : t`There is none that it could change places with.` }, ...others.map(({ id, title }) => ({ value: id, label: title }))]}
      />
    </Dialog>
  )
}
