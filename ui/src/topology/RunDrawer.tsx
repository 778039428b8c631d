import { Button, Drawer, Group, SegmentedControl, Select, Text } from '@mantine/core'
import { useState } from 'react'
import type { TaskRun } from '../api/types'
import { LogView } from '../executions/LogView'
import { Whole } from '../executions/Outputs'
import { nameOf } from '../executions/tree'
import { t } from '../language'
import { Duration } from '../parts/Duration'
import { StateBadge } from '../parts/StateBadge'
import { hasEnded } from '../parts/states'
import { useFocusBack } from '../parts/useFocusBack'
import { ValueTree } from '../parts/ValueTree'
import type { RunPart } from './contexts'

interface Props {
  /** All runs of one task. */
  runs: readonly TaskRun[]
  title: string
  part: RunPart
  onClose: () => void
}

const MOST = 100

/** What a run of a task has said and given; of several runs one is chosen, first of all one that failed. */
export default function RunDrawer({ runs, title, part, onClose }: Props) {
  useFocusBack()
  const [shown, setShown] = useState(part)
  const [isFull, setFull] = useState(false)
  const [wanted, setWanted] = useState<string>()
  const run = runs.find(({ id }) => id === wanted) ?? runs.find(({ state }) => state.current === 'FAILED') ?? runs.at(-1)
  return (
    <Drawer opened onClose={onClose} position="right" size={isFull ? '100%' : 'min(860px, 100%)'} title={run ? nameOf(run) : title}>
      <Group gap="xs" mb="sm">
        <SegmentedControl size="xs" aria-label={t`Part of the task run`} value={shown} onChange={setShown} data={[{ value: 'log', label: t`Log` }, { value: 'outputs', label: t`Outputs` }]} />
        {runs.length > 1 && run && (
          <Select
            aria-label={t`Task run`} searchable limit={MOST} allowDeselect={false} w={220} value={run.id} onChange={(id) => setWanted(id ?? undefined)}
            data={runs.map((item) => ({ value: item.id, label: `${nameOf(item)} (${item.state.current})` }))}
          />
        )}
        {run && <><StateBadge state={run.state.current} /><Text size="xs" c="dimmed"><Duration state={run.state} /></Text></>}
        <Button variant="default" ml="auto" aria-pressed={isFull} onClick={() => setFull(!isFull)}>{t`Full screen`}</Button>
      </Group>
      {!run && <Text c="dimmed">{t`This task has not run.`}</Text>}
      {run && shown === 'log' && (
        <LogView key={run.id} executionId={run.executionId} isLive={!hasEnded(run.state.current)} runs={runs} height="calc(100dvh - 150px)" taskRunId={run.id} />
      )}
      {run && shown === 'outputs' && <Given key={run.id} run={run} />}
    </Drawer>
  )
}

/** The outputs of a run, and in full the one that is chosen. */
function Given({ run: { outputs, executionId } }: { run: TaskRun }) {
  const [value, choose] = useState<{ of: unknown }>()
  const entries = Object.entries(outputs !== null && typeof outputs === 'object' ? outputs : {})
  if (!entries.length) return <Text c="dimmed">{t`This task has no outputs.`}</Text>
  return (
    <>
      <div className="panel" style={{ padding: 8, marginBottom: 12 }}>
        {entries.map(([name, item]) => <ValueTree key={name} name={name} value={item} startsOpen={entries.length === 1} onChoose={(_, of) => choose({ of })} />)}
      </div>
      {value ? <Whole value={value.of} executionId={executionId} /> : <Text c="dimmed" size="sm">{t`Choose a value to see all of it.`}</Text>}
    </>
  )
}
