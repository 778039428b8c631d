import { ActionIcon, Checkbox, Switch, Table } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { keysOf, setDisabled, type Keys, type TriggerRow } from '../api/triggers'
import { t } from '../language'
import { failed } from '../parts/notes'
import { CELLS } from './cells'
import type { TriggerColumn } from './columns'
import { TriggerLog } from './TriggerLog'

interface Props {
  row: TriggerRow
  columns: readonly TriggerColumn[]
  isTicked: boolean
  isMarked: boolean
  onTick: (isOn: boolean) => void
  onAsk: () => void
  onBackfill: () => void
}

/** Columns before those of the trigger: the tick, its log, whether it is on. */
const COLUMNS_BEFORE = 3

export function Row({ row, columns, isTicked, isMarked, onTick, onAsk, onBackfill }: Props) {
  const { abstractTrigger, triggerContext: state } = row
  const cache = useQueryClient()
  const [isOpen, setOpen] = useState(false)
  const run = useMutation({
    mutationFn: (job: (keys: Keys) => Promise<unknown>) => job(keysOf(state)),
    onSuccess: () => void cache.invalidateQueries({ queryKey: ['triggers'] }),
    onError: failed,
  })
  return (
    <>
      <Table.Tr data-selected={isMarked || isTicked || undefined}>
        <Table.Td><Checkbox size="xs" aria-label={t`Select ${state.triggerId}`} checked={isTicked} onChange={(event) => onTick(event.currentTarget.checked)} /></Table.Td>
        <Table.Td>
          <ActionIcon variant="subtle" size="sm" c="dimmed" aria-expanded={isOpen} aria-label={t`Log of ${state.triggerId}`} title={t`What it said`} onClick={() => setOpen(!isOpen)}>{isOpen ? '▾' : '▸'}</ActionIcon>
        </Table.Td>
        <Table.Td>
          <Switch
            size="xs" checked={!state.disabled} disabled={run.isPending || !abstractTrigger || abstractTrigger.disabled === true} aria-label={t`Trigger ${state.triggerId} is on`}
            onChange={(event) => {
              const disabled = !event.currentTarget.checked
              run.mutate((keys) => setDisabled(keys, disabled))
            }}
          />
        </Table.Td>
        {columns.map(({ id }) => <Table.Td key={id} {...(id === 'backfill' ? { miw: 190 } : {})}>{CELLS[id]?.({ row, onAsk, onBackfill, act: run.mutate })}</Table.Td>)}
      </Table.Tr>
      {isOpen && <Table.Tr><Table.Td colSpan={COLUMNS_BEFORE + columns.length} className="wide-cell"><TriggerLog keys={keysOf(state)} /></Table.Td></Table.Tr>}
    </>
  )
}
