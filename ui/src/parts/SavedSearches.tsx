import { ActionIcon, Button, CloseButton, Group, Popover, Stack, Text, TextInput } from '@mantine/core'
import { IconBookmarks } from '@tabler/icons-react'
import { useState, type FormEvent } from 'react'
import { t } from '../language'
import type { Search } from '../search'
import type { Change } from '../useAddress'
import { choose, useListChoices, type ListName } from './listChoices'
import { applied, filtersIn, withoutSearch, withSearch } from './searches'

interface Props {
  list: ListName
  search: Search
  /** Parameters of the address that belong to a search. */
  names: readonly string[]
  change: (change: Change) => void
}

/** Filters of a list under a name, kept in this browser: to keep, to choose, to remove. */
export function SavedSearches({ list, search, names, change }: Props) {
  const { searches = [] } = useListChoices(list)
  const [isOpen, setOpen] = useState(false)
  const use = (saved: Search) => {
    change(applied(saved, names))
    setOpen(false)
  }
  return (
    <Popover opened={isOpen} onChange={setOpen} trapFocus returnFocus position="bottom-end" width={280} shadow="md">
      <Popover.Target>
        <ActionIcon variant="default" size={30} aria-label={t`Saved searches`} title={t`Saved searches`} onClick={() => setOpen((before) => !before)}>
          <IconBookmarks size={16} stroke={1.6} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown p="sm">
        <Stack gap={6}>
          {searches.length === 0 && <Text size="sm" c="dimmed">{t`No search is saved.`}</Text>}
          {searches.map((saved) => (
            <Group key={saved.name} gap={4} wrap="nowrap" justify="space-between">
              <Button variant="subtle" miw={0} onClick={() => use(saved.search)}>{saved.name}</Button>
              <CloseButton size="sm" aria-label={t`Remove the search ${saved.name}`} onClick={() => choose(list, { searches: withoutSearch(searches, saved.name) })} />
            </Group>
          ))}
          <NewSearch isEmpty={Object.keys(filtersIn(search, names)).length === 0} onSave={(name) => choose(list, { searches: withSearch(searches, name, filtersIn(search, names)) })} />
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}

function NewSearch({ isEmpty, onSave }: { isEmpty: boolean; onSave: (name: string) => void }) {
  const [name, setName] = useState('')
  const save = (event: FormEvent) => {
    event.preventDefault()
    if (!name.trim() || isEmpty) return
    onSave(name.trim())
    setName('')
  }
  return (
    <form onSubmit={save}>
      <Group gap={6} wrap="nowrap">
        <TextInput flex={1} aria-label={t`Name of the search`} placeholder={isEmpty ? t`There are no filters to save` : t`Save these filters as`} disabled={isEmpty} value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <Button type="submit" disabled={isEmpty || !name.trim()}>{t`Save`}</Button>
      </Group>
    </form>
  )
}
