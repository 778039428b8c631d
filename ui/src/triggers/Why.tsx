import { Modal, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { keysOf, whyQuery } from '../api/triggers'
import type { TriggerState } from '../api/types'
import { ErrorBox } from '../parts/ErrorBox'
import { Moment } from '../parts/Moment'

/** Why a trigger is silent, and when it will speak. */
export function Why({ state, onClose }: { state: TriggerState; onClose: () => void }) {
  const { data, error } = useQuery(whyQuery(keysOf(state)))
  return (
    <Modal opened onClose={onClose} title={<Text fw={600}>{state.triggerId}</Text>}>
      <ErrorBox error={error} />
      {data && data.reasons.length > 0 && <ul>{data.reasons.map((reason) => <li key={reason}>{reason}</li>)}</ul>}
      {data && data.nextDates.length > 0 && (
        <>
          <Title order={2} mb="xs">Next dates</Title>
          {data.nextDates.map((date) => <div key={date}><Moment at={date} full /></div>)}
        </>
      )}
      {data && data.nextDates.length === 0 && <Text c="dimmed" size="sm">It has no date ahead.</Text>}
    </Modal>
  )
}
