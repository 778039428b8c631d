import { Modal, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState, type KeyboardEvent } from 'react'
import { executionsQuery } from '../api/executions'
import { flowsQuery } from '../api/flows'
import { namespacesQuery } from '../api/namespaces'
import { PAGES } from '../api/root'
import { t } from '../language'
import { PLACES } from './pages'

const ENTRIES = [...PLACES.map(({ to, title }) => ({ to, title })), { to: '/flows/new', title: t`New flow` }, { to: '/flows/search', title: t`Search in sources` }, { to: '/blueprints', title: t`Examples` }]
/** The beginning of an id is enough, as lists show it. */
const EXECUTION_ID = /^[0-9A-Za-z]{6,24}$/
const MOST_EXECUTIONS = 3
const MOST_NAMESPACES = 4

interface Target {
  to: string
  title: string
  hint: string
}

/** Finds flows by any part of their name, executions by the beginning of their ids, namespaces and pages. */
function useTargets(text: string): Target[] {
  const [settled] = useDebouncedValue(text.trim(), 150)
  const flows = useQuery({ ...flowsQuery({ q: settled, size: 8 }), enabled: settled.length > 0 })
  const executions = useQuery({ ...executionsQuery({ q: settled, size: MOST_EXECUTIONS }), enabled: EXECUTION_ID.test(settled), refetchInterval: false })
  const namespaces = useQuery({ ...namespacesQuery({ q: settled, size: MOST_NAMESPACES }), enabled: settled.length > 0 })
  const targets: Target[] = []
  for (const { namespace, flowId, id } of (EXECUTION_ID.test(settled) && executions.data?.results) || []) {
    if (id.startsWith(settled)) targets.push({ to: `/executions/${namespace}/${flowId}/${id}`, title: id, hint: t`execution of ${`${namespace}.${flowId}`}` })
  }
  for (const { namespace, id } of (settled && flows.data?.results) || []) {
    targets.push({ to: `/flows/edit/${namespace}/${id}/overview`, title: id, hint: namespace })
  }
  for (const { id } of (settled && namespaces.data?.results) || []) {
    targets.push({ to: `/namespaces/edit/${id}`, title: id, hint: t`namespace` })
  }
  const typed = settled.toLowerCase()
  const pages = ENTRIES.filter(({ title }) => title.toLowerCase().includes(typed)).map(({ to, title }) => ({ to, title, hint: t`page` }))
  // A page that is typed from its first letter is meant; one that only holds the letters hardly is.
  const isMeant = ({ title }: Target) => typed !== '' && title.toLowerCase().startsWith(typed)
  return [...pages.filter(isMeant), ...targets, ...pages.filter((page) => !isMeant(page))]
}

export function JumpBox({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Modal opened={isOpen} onClose={onClose} title={t`Jump to`} yOffset="10vh" centered={false} size={520}>
      <Choice onClose={onClose} />
    </Modal>
  )
}

function Choice({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState(0)
  const targets = useTargets(text)
  const navigate = useNavigate()
  const index = Math.min(chosen, targets.length - 1)
  const go = (target: Target | undefined) => {
    if (!target) return
    onClose()
    void navigate({ to: target.to })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter') go(targets[index])
    else if (event.key === 'ArrowDown') setChosen(Math.min(index + 1, targets.length - 1))
    else if (event.key === 'ArrowUp') setChosen(Math.max(0, index - 1))
    else return
    event.preventDefault()
  }
  return (
    <>
      <TextInput
        data-autofocus size="sm" value={text} onKeyDown={onKeyDown} aria-label={t`Jump to`}
        placeholder={t`Flow, execution id, namespace or page`} onChange={(event) => {
          setText(event.currentTarget.value)
          setChosen(0)
        }}
      />
      <div className="menu" style={{ marginTop: 8 }}>
        {targets.map((target, position) => (
          <a
            key={target.to} href={`${PAGES}${target.to}`} data-status={position === index ? 'active' : undefined} style={{ flexWrap: 'wrap', rowGap: 0 }}
            onClick={(event) => {
              event.preventDefault()
              go(target)
            }}
          >
            <span className="cut" title={target.title}>{target.title}</span>
            <Text span size="xs" c="dimmed" className="cut" title={target.hint}>
              {target.hint}
            </Text>
          </a>
        ))}
      </div>
    </>
  )
}
