import { Button, Group, Modal, Stack, Table, Text, Title } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Fragment } from 'react'
import { backfillsQuery, deleteTrigger, evaluatedAt, keysOf, restartTrigger, unlockTrigger, whyQuery, type Keys, type TriggerRow } from '../api/triggers'
import type { Backfill } from '../api/types'
import { rich, t } from '../language'
import { CronSentence } from '../parts/Cron'
import { confirmed } from '../parts/confirmed'
import { ErrorBox } from '../parts/ErrorBox'
import { Markdown } from '../parts/Markdown'
import { Moment } from '../parts/Moment'
import { done, failed } from '../parts/notes'
import { useFocusBack } from '../parts/useFocusBack'
import { usePreferences } from '../settings/preferences'
import { zoneName } from '../settings/zones'
import { Counts } from './BackfillProgress'

interface Props {
  row: TriggerRow
  onClose: () => void
}

/** Why a trigger is silent, when it will speak, and what can be done about it. */
export function TriggerDetails({ row: { abstractTrigger, triggerContext: state }, onClose }: Props) {
  useFocusBack()
  const keys = keysOf(state)
  const { data, error } = useQuery(whyQuery(keys))
  return (
    <Modal opened onClose={onClose} size="lg" title={<Text fw={600} style={{ overflowWrap: 'anywhere' }}>{state.triggerId}</Text>}>
      <Stack gap="md">
        {abstractTrigger?.description && <Markdown text={abstractTrigger.description} />}
        <ErrorBox error={error} />
        {data && data.reasons.length > 0 && <ul className="triggers-reasons">{data.reasons.map((reason) => <li key={reason}><Reason text={reason} /></li>)}</ul>}
        <dl className="facts">
          <dt>{t`Flow`}</dt><dd><Link to={`/flows/edit/${state.namespace}/${state.flowId}/triggers`}>{state.namespace}.{state.flowId}</Link></dd>
          <dt>{t`Type`}</dt><dd>{abstractTrigger ? <TypeName type={abstractTrigger.type} /> : t`gone from the flow`}</dd>
          {abstractTrigger?.cron && <><dt>{t`Cron`}</dt><dd className="mono">{abstractTrigger.timezone ? t`${abstractTrigger.cron} in ${abstractTrigger.timezone}` : abstractTrigger.cron} <Text span size="sm" c="dimmed"><CronSentence expression={abstractTrigger.cron} /></Text></dd></>}
          <dt>{t`Last evaluated`}</dt><dd><Moment at={evaluatedAt(state)} full /></dd>
          <dt>{t`Last fired`}</dt><dd><Moment at={state.lastTriggeredDate} full /></dd>
          {state.lastResult && <><dt>{t`Last result`}</dt><dd>{state.lastResult}{state.lastMessage ? `: ${state.lastMessage}` : ''}</dd></>}
          {state.evaluateRunningDate && <><dt>{t`Evaluated since`}</dt><dd><Moment at={state.evaluateRunningDate} full /></dd></>}
          {state.workerId && <><dt>{t`Worker`}</dt><dd className="mono">{state.workerId}</dd></>}
          {state.updatedDate && <><dt>{t`Changed`}</dt><dd><Moment at={state.updatedDate} full /></dd></>}
          {state.executionId && <><dt>{t`Waits for`}</dt><dd><Link className="mono" to={`/executions/${state.namespace}/${state.flowId}/${state.executionId}`}>{state.executionId}</Link></dd></>}
          {state.stopAfter && <><dt>{t`Stops after`}</dt><dd>{state.stopAfter.join(', ')}</dd></>}
        </dl>
        <Dates dates={data?.nextDates} />
        <Backfills keys={keys} />
        <Actions keys={keys} isLocked={state.locked ?? false} onClose={onClose} />
      </Stack>
    </Modal>
  )
}

/** A long type breaks after a dot, not within a word. */
function TypeName({ type }: { type: string }) {
  return type.split('.').map((piece, index) => <Fragment key={index}>{index > 0 && <>.<wbr /></>}{piece}</Fragment>)
}

const INSTANT = /(\d{4}-\d\d-\d\dT[\d:.]+Z)/

/** What the server says, its moments in the zone of the reader. */
function Reason({ text }: { text: string }) {
  return text.split(INSTANT).map((piece, index) => (INSTANT.test(piece) ? <Moment key={index} at={piece} full /> : piece))
}

function Dates({ dates }: { dates: readonly string[] | undefined }) {
  const { timeZone } = usePreferences()
  if (!dates) return null
  return (
    <section aria-label={t`Next dates`}>
      <Title order={2} mb={4}>{rich`Next dates ${<Text key="zone" span size="xs" c="dimmed">{t`in the zone ${zoneName(timeZone)}`}</Text>}`}</Title>
      {dates.length ? <ol className="triggers-dates" tabIndex={0} aria-label={t`The next dates`}>{dates.map((date) => <li key={date}><Moment at={date} /></li>)}</ol> : <Text c="dimmed" size="sm">{t`It has no date ahead.`}</Text>}
    </section>
  )
}

function Backfills({ keys }: { keys: Keys }) {
  const { data } = useQuery(backfillsQuery(keys))
  if (!data?.total) return null
  return (
    <section aria-label={t`Backfills`}>
      <Title order={2} mb={4}>{t`Backfills`}</Title>
      <div className="table-scroll" role="region" aria-label={t`Backfills of the trigger`} tabIndex={0}>
        <Table>
          <Table.Thead><Table.Tr><Table.Th>{t`From`}</Table.Th><Table.Th>{t`To`}</Table.Th><Table.Th>{t`Dates`}</Table.Th><Table.Th>{t`Ended`}</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>{data.results.map((backfill, index) => <BackfillRow key={backfill.id ?? index} backfill={backfill} />)}</Table.Tbody>
        </Table>
      </div>
    </section>
  )
}

function BackfillRow({ backfill }: { backfill: Backfill }) {
  const { start, end, endedAt, cancelled, paused } = backfill
  return (
    <Table.Tr>
      <Table.Td><Moment at={start} /></Table.Td>
      <Table.Td><Moment at={end} /></Table.Td>
      <Table.Td><Counts backfill={backfill} /></Table.Td>
      <Table.Td>{endedAt ? <Ended at={endedAt} isCancelled={cancelled ?? false} /> : paused ? t`paused` : t`runs`}</Table.Td>
    </Table.Tr>
  )
}

function Ended({ at, isCancelled }: { at: string; isCancelled: boolean }) {
  const moment = <Moment key="at" at={at} />
  return isCancelled ? rich`${moment}, cancelled` : moment
}

const RESTART = t`Restart the trigger? It forgets its last evaluation and its locks, and begins with the next date from now.`
const UNLOCK = t`Unlock? The execution that holds it may then run beside the next one.`
const DELETE = t`Delete the state of the trigger? One that its flow still has begins anew.`

function Actions({ keys, isLocked, onClose }: { keys: Keys; isLocked: boolean; onClose: () => void }) {
  const cache = useQueryClient()
  const act = useMutation({
    mutationFn: ({ job }: { job: (keys: Keys) => Promise<unknown>; said: string }) => job(keys),
    onSuccess: (_, { job, said }) => {
      done(said)
      void cache.invalidateQueries({ queryKey: ['triggers'] })
      if (job === deleteTrigger) onClose()
    },
    onError: failed,
  })
  return (
    <Group gap="xs">
      <Button variant="default" onClick={() => confirmed(RESTART) && act.mutate({ job: restartTrigger, said: t`${keys.triggerId} is restarted` })}>{t`Restart`}</Button>
      <Button variant="default" disabled={!isLocked} onClick={() => confirmed(UNLOCK) && act.mutate({ job: unlockTrigger, said: t`${keys.triggerId} is unlocked` })}>{t`Unlock`}</Button>
      <Button variant="default" onClick={() => confirmed(DELETE) && act.mutate({ job: deleteTrigger, said: t`${keys.triggerId} is deleted` })}>{t`Delete the state`}</Button>
    </Group>
  )
}
