import { ActionIcon, Modal, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { IconPlayerPlay } from '@tabler/icons-react'
import { useState, type KeyboardEvent } from 'react'
import { useCan } from '../api/capabilities'
import { executionsQuery } from '../api/executions'
import { flowsQuery } from '../api/flows'
import { namespacesQuery } from '../api/namespaces'
import { pluginsQuery } from '../api/plugins'
import { PAGES } from '../api/root'
import { t } from '../language'
import { stringifySearch } from '../search'
import { PLACES } from './pages'

const ENTRIES = [...PLACES.map(({ to, title }) => ({ to, title })), { to: '/flows/new', title: t`New flow` }, { to: '/flows/search', title: t`Search in sources` }, { to: '/blueprints', title: t`Examples` }]
/** The beginning of an id is enough, as lists show it. */
const EXECUTION_ID = /^[0-9A-Za-z]{6,24}$/
const MOST_EXECUTIONS = 3
const MOST_NAMESPACES = 4
const MOST_TYPES = 5
/** Shorter words are in too many types. */
const SHORTEST_TYPE = 3

interface Target {
  to: string
  title: string
  hint: string
  /** Its address asks for this, too. */
  search?: Record<string, string>
  /** A flow that can be executed from here. */
  isFlow?: boolean
}

/** Finds flows by any part of their name, executions by the beginning of their ids, namespaces, types of plugins and pages; at last, what sources hold. */
function useTargets(text: string): Target[] {
  const sought = text.trim()
  // What the server is asked for waits; what needs no answer is there with the letter.
  const [settled] = useDebouncedValue(sought, 150)
  const flows = useQuery({ ...flowsQuery({ q: settled, size: 8 }), enabled: settled.length > 0 })
  const executions = useQuery({ ...executionsQuery({ q: settled, size: MOST_EXECUTIONS }), enabled: EXECUTION_ID.test(settled), refetchInterval: false })
  const namespaces = useQuery({ ...namespacesQuery({ q: settled, size: MOST_NAMESPACES }), enabled: settled.length > 0 })
  const types = useTypes(settled)
  const canSearch = useCan('GET /api/v1/flows/source')
  const targets: Target[] = []
  for (const { namespace, flowId, id } of (EXECUTION_ID.test(settled) && executions.data?.results) || []) {
    if (id.startsWith(settled)) targets.push({ to: `/executions/${namespace}/${flowId}/${id}`, title: id, hint: t`execution of ${`${namespace}.${flowId}`}` })
  }
  for (const { namespace, id } of (settled && flows.data?.results) || []) {
    targets.push({ to: `/flows/edit/${namespace}/${id}/overview`, title: id, hint: namespace, isFlow: true })
  }
  for (const { id } of (settled && namespaces.data?.results) || []) {
    targets.push({ to: `/namespaces/edit/${id}`, title: id, hint: t`namespace` })
  }
  for (const type of types) targets.push({ to: `/plugins/${type}`, title: shortOf(type), hint: type })
  const typed = sought.toLowerCase()
  const pages = ENTRIES.filter(({ title }) => title.toLowerCase().includes(typed)).map(({ to, title }) => ({ to, title, hint: t`page` }))
  // A page that is typed from its first letter is meant; one that only holds the letters hardly is.
  const isMeant = ({ title }: Target) => typed !== '' && title.toLowerCase().startsWith(typed)
  const sources: Target[] = sought && canSearch ? [{ to: '/flows/search', title: t`“${sought}” in the sources of flows`, hint: t`search`, search: { q: sought } }] : []
  return [...pages.filter(isMeant), ...targets, ...pages.filter((page) => !isMeant(page)), ...sources]
}

const shortOf = (type: string) => type.slice(type.lastIndexOf('.') + 1)

/** Types whose short name holds what is typed, those that begin with it first. */
function useTypes(text: string): string[] {
  const typed = text.toLowerCase()
  const { data } = useQuery({ ...pluginsQuery, enabled: typed.length >= SHORTEST_TYPE })
  if (!data || typed.length < SHORTEST_TYPE) return []
  const all = [...new Set(data.flatMap(({ tasks = [], triggers = [] }) => [...tasks, ...triggers]))].filter((type) => shortOf(type).toLowerCase().includes(typed))
  const isFirst = (type: string) => shortOf(type).toLowerCase().startsWith(typed)
  return [...all.filter(isFirst), ...all.filter((type) => !isFirst(type))].slice(0, MOST_TYPES)
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
    void navigate({ to: target.to, search: (target.search ?? {}) as never })
  }
  const execute = (target: Target) => go({ ...target, search: { execute: 'true' } })
  const onKeyDown = (event: KeyboardEvent) => {
    const target = targets[index]
    if (event.key === 'Enter' && event.shiftKey && target?.isFlow) execute(target)
    else if (event.key === 'Enter') go(target)
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
          <div key={target.to + target.hint} className="jump-row" data-status={position === index ? 'active' : undefined}>
            <a
              href={`${PAGES}${target.to}${stringifySearch(target.search ?? {})}`} data-status={position === index ? 'active' : undefined} style={{ flexWrap: 'wrap', rowGap: 0 }}
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
            {target.isFlow && (
              <ActionIcon variant="subtle" size={28} aria-label={t`Execute ${target.title}`} title={t`Execute ${target.title}: Shift Enter`} onClick={() => execute(target)}>
                <IconPlayerPlay size={15} stroke={1.6} />
              </ActionIcon>
            )}
          </div>
        ))}
      </div>
    </>
  )
}
