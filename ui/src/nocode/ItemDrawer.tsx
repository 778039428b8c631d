import { Button, Drawer, Group, SegmentedControl } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useState } from 'react'
import { API, part } from '../api/client'
import { t } from '../language'
import { failed } from '../parts/notes'
import { useFocusBack } from '../parts/useFocusBack'
import Form from './Form'
import { ItemSource } from './ItemSource'
import './nocode.css'
import { nameOf, within } from './places'
import { isMap } from './schema'
import { removed } from '../topology/edits'
import type { Path } from './text'
import { useShown } from './useShown'

interface Props {
  source: string
  path: Path
  onChange: (source: string) => void
  onClose: () => void
}

const NARROW = '(max-width: 768px)'
export const useDrawerSize = () => (useMediaQuery(NARROW, undefined, { getInitialValueInEffect: false }) ? '100%' : 620)

/** One task, trigger or input in a drawer: as a form, or as its YAML. */
export default function ItemDrawer({ source, path, onChange, onClose }: Props) {
  useFocusBack()
  const size = useDrawerSize()
  const [view, setView] = useState<'form' | 'source'>('form')
  const [place, setPlace] = useState(path)
  const { flow } = useShown(source)
  const value = within(flow, place)
  const remove = () => {
    try {
      onChange(removed(source, place))
    } catch (error) {
      failed(error)
      return
    }
    if (place.length > path.length) setPlace(path)
    else onClose()
  }
  return (
    <Drawer opened onClose={onClose} position="right" size={size} closeOnEscape={view === 'form'} title={<Headline value={value} place={place} />}>
      <SegmentedControl
        size="xs" mb="sm" value={view} onChange={(next) => setView(next === 'source' ? 'source' : 'form')} aria-label={t`View`}
        data={[{ value: 'form', label: t`Form` }, { value: 'source', label: t`Source` }]}
      />
      {view === 'form' && <Form source={source} path={place} onOpen={setPlace} onChange={onChange} />}
      {view === 'source' && <ItemSource key={place.join('/')} source={source} path={place} onChange={onChange} height="max(240px, calc(100dvh - 210px))" />}
      <Group justify="space-between" className="dialog-foot">
        <Button variant="default" c="var(--mantine-color-error)" disabled={!place.length || isLastTask(flow, place)} title={isLastTask(flow, place) ? t`A flow has at least one task` : undefined} onClick={remove}>{t`Delete`}</Button>
        <Button onClick={onClose}>{t`Done`}</Button>
      </Group>
    </Drawer>
  )
}

const isLastTask = (flow: unknown, place: Path) => place.length === 2 && place[0] === 'tasks' && isMap(flow) && Array.isArray(flow.tasks) && flow.tasks.length === 1

function Headline({ value, place }: { value: unknown; place: Path }) {
  const type = isMap(value) && typeof value.type === 'string' ? value.type : undefined
  const short = type?.slice(type.lastIndexOf('.') + 1)
  return (
    <Group gap="xs" wrap="nowrap" component="span">
      {type?.includes('.') && <img alt="" width={20} height={20} src={`${API}/plugins/icons/${part(type)}/icon.svg`} />}
      <span className="mono" style={{ fontWeight: 600, overflowWrap: 'anywhere' }}>{place.length ? nameOf(value, place.at(-1) as string | number) : t`Flow`}</span>
      {short && <span className="form-quiet" title={type}>{short}</span>}
    </Group>
  )
}

export { ItemDrawer }
