import { Menu } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { pluginQuery } from '../api/plugins'
import { t } from '../language'
import { branchesOf, hasCases } from './branches'
import { ELSEWHERE } from './contexts'
import { lengthOf, whyKept } from './edits'
import { isInDag, listOf } from './slots'
import type { Acts, Menued } from './useEdits'

interface Props {
  menued: Menued | undefined
  isOpen: boolean
  source: string
  acts: Acts
  onClose: () => void
}

/** What can be done with one task or trigger: one menu for all of them, at the button that opened it. */
export function EditMenu({ menued, isOpen, source, acts, onClose }: Props) {
  const box = menued?.button.getBoundingClientRect()
  return (
    <Menu opened={isOpen} onChange={(opened) => !opened && onClose()} position="bottom-start" shadow="md" width={250} clickOutsideEvents={ELSEWHERE} withInitialFocusPlaceholder={false} menuItemTabIndex={0}>
      <Menu.Target>
        <button
          type="button" tabIndex={-1} aria-label={t`More for ${menued?.node.title ?? ''}`} className="menu-anchor"
          style={{ left: box?.left ?? 0, top: box?.top ?? 0, width: box?.width ?? 0, height: box?.height ?? 0 }}
        />
      </Menu.Target>
      <Menu.Dropdown mah="80dvh" style={{ overflow: 'auto' }}>{menued && isOpen && <Items menued={menued} source={source} acts={acts} />}</Menu.Dropdown>
    </Menu>
  )
}

function Items({ menued: { node, place, button }, source, acts }: { menued: Menued; source: string; acts: Acts }) {
  const { title, cls = '', kind } = node
  const { list, index } = listOf(place)
  const isTrigger = kind === 'trigger'
  const last = lengthOf(source, list) - 1
  const why = whyKept(source, place)
  /** What is opened gives the focus back to where it came from. */
  const from = (act: () => void) => () => {
    button.focus({ preventScroll: true })
    act()
  }
  return (
    <>
      <Menu.Item onClick={from(() => acts.open({ what: 'item', place }))}>{t`Edit`}</Menu.Item>
      {!isTrigger && <Around {...{ node, source, acts, place, from }} />}
      <Menu.Divider />
      {!isInDag(place) && (
        <>
          <Menu.Item disabled={index === 0} onClick={() => acts.move(place, -1)}>{t`Move earlier`}</Menu.Item>
          <Menu.Item disabled={index >= last} onClick={() => acts.move(place, 1)}>{t`Move later`}</Menu.Item>
        </>
      )}
      <Menu.Item onClick={from(() => acts.open({ what: 'swap', node }))}>{t`Change places with …`}</Menu.Item>
      <Menu.Item onClick={from(() => acts.open({ what: 'property', place, title, name: 'description' }))}>{t`Description`}</Menu.Item>
      {!isTrigger && <Menu.Item onClick={from(() => acts.open({ what: 'property', place, title, name: 'runIf' }))}>{t`Condition`}</Menu.Item>}
      {!isTrigger && cls && <Inside {...{ source, acts, place, from, cls, title }} />}
      <Menu.Divider />
      <Menu.Item onClick={from(() => acts.add({ list: ['errors'], index: lengthOf(source, ['errors']) }, 'tasks'))}>{t`Add an error handler to the flow`}</Menu.Item>
      <Menu.Item onClick={from(() => acts.add({ list: ['triggers'], index: lengthOf(source, ['triggers']) }, 'triggers'))}>{t`Add a trigger`}</Menu.Item>
      <Menu.Divider />
      <Menu.Item color="red.8" title={why} onClick={() => acts.removeAt(place, title)}>{t`Delete`}</Menu.Item>
    </>
  )
}

interface PartProps {
  source: string
  acts: Acts
  place: Menued['place']
  from: (act: () => void) => () => void
}

function Around({ node, source, acts, place, from }: PartProps & { node: Menued['node'] }) {
  const { list, index } = listOf(place)
  const isDag = isInDag(place)
  const after = isDag ? { list, index: lengthOf(source, list), dependsOn: [node.title] } : { list, index: index + 1 }
  return (
    <>
      {!isDag && <Menu.Item onClick={from(() => acts.add({ list, index }, 'tasks'))}>{t`Add a task before`}</Menu.Item>}
      <Menu.Item onClick={from(() => acts.add(after, 'tasks'))}>{t`Add a task after`}</Menu.Item>
    </>
  )
}

/** The branches that its type knows. */
function Inside({ source, acts, place, from, cls, title }: PartProps & { cls: string; title: string }) {
  const { data } = useQuery({ ...pluginQuery(cls), retry: false })
  const shape = data?.schema?.properties
  const branches = branchesOf(source, place, shape)
  if (!branches.length) return null
  return (
    <>
      <Menu.Divider />
      {branches.map(({ name, slot }) => (
        <Menu.Item key={slot.list.join('/')} onClick={from(() => acts.add(slot, 'tasks'))}>{t`Add a task to ${name}`}</Menu.Item>
      ))}
      {hasCases(shape) && <Menu.Item onClick={from(() => acts.open({ what: 'case', place, title }))}>{t`Add a case`}</Menu.Item>}
    </>
  )
}
