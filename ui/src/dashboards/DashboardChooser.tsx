import { Button, Divider, NavLink, Popover, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useCan } from '../api/capabilities'
import { dashboardsQuery } from '../api/dashboards'
import { counted, t } from '../language'
import { ErrorBox } from '../parts/ErrorBox'

const STANDARD = { id: 'default', title: t`Default dashboard` }
const SHOWN = 50
const TYPING_MS = 200

/** Leads from one dashboard to the others; nothing where a server keeps none. */
export function DashboardChooser({ current }: { current: string }) {
  const can = useCan('GET /api/v1/dashboards')
  const [isOpen, setOpen] = useState(false)
  if (!can) return null
  return (
    <Popover opened={isOpen} onChange={setOpen} trapFocus returnFocus position="bottom-start" width={300} shadow="md">
      <Popover.Target>
        <Button variant="default" rightSection={<span aria-hidden>▾</span>} onClick={() => setOpen((before) => !before)}>{t`Dashboards`}</Button>
      </Popover.Target>
      <Popover.Dropdown p="xs">{isOpen && <Choices current={current} onChosen={() => setOpen(false)} />}</Popover.Dropdown>
    </Popover>
  )
}

function Choices({ current, onChosen }: { current: string; onChosen: () => void }) {
  const [text, setText] = useState('')
  const [settled] = useDebouncedValue(text.trim(), TYPING_MS)
  const { data, error } = useQuery(dashboardsQuery({ q: settled, size: SHOWN, sort: 'title:asc' }))
  const hasStandard = STANDARD.title.toLowerCase().includes(settled.toLowerCase())
  const found = [...(hasStandard ? [STANDARD] : []), ...(data?.results ?? [])]
  const more = (data?.total ?? 0) - (data?.results.length ?? 0)
  return (
    <>
      <TextInput data-autofocus aria-label={t`Search dashboards`} placeholder={t`Search dashboards`} value={text} onChange={(event) => setText(event.currentTarget.value)} />
      <ErrorBox error={error} />
      <div className="chooser-list">
        {found.map(({ id, title }) => (
          <NavLink key={id} component={Link} to={`/dashboards/${encodeURIComponent(id)}`} label={title} active={id === current} aria-current={id === current ? 'page' : undefined} py={5} onClick={onChosen} />
        ))}
      </div>
      {data && !found.length && <Text size="sm" c="dimmed" p={6}>{t`No dashboard has this in its title.`}</Text>}
      {more > 0 && <Text size="xs" c="dimmed" p={6}>{counted(more, 'more: search for a title.', 'more: search for a title.')}</Text>}
      <Divider my={6} />
      <NavLink component={Link} to="/dashboards/new" label={t`New dashboard`} py={5} onClick={onChosen} />
    </>
  )
}
