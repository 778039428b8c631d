import { Stack, Table, Title } from '@mantine/core'
import { useCan } from '../api/capabilities'
import { part } from '../api/client'
import { serverAddress } from '../api/root'
import type { Flow, TriggerSpec } from '../api/types'
import { t } from '../language'
import { Empty } from '../parts/Empty'
import { Copy } from '../parts/ValueTable'
import { shortType } from '../topology/graph'
import { TriggersTable } from './TriggersTable'

/** Triggers that are called, by a request or by other flows, have no date and no state. */
const isCalled = ({ type }: TriggerSpec) => /\.(Webhook|Flow)$/.test(type)

export function FlowTriggers({ flow }: { flow: Flow }) {
  const storesTriggers = useCan('GET /api/v1/triggers/search')
  const { namespace, id: flowId, triggers = [] } = flow
  const listed = storesTriggers ? triggers.filter(isCalled) : triggers
  if (!triggers.length) return <Empty what="triggers" />
  return (
    <Stack gap="md">
      {storesTriggers && listed.length < triggers.length && <div><TriggersTable filter={{ namespace, flowId }} /></div>}
      {listed.length > 0 && <Called flow={flow} triggers={listed} />}
    </Stack>
  )
}

function Called({ flow: { namespace, id }, triggers }: { flow: Flow; triggers: readonly TriggerSpec[] }) {
  return (
    <section aria-labelledby="called">
      <Title order={2} id="called" mb="xs">{t`Called from elsewhere`}</Title>
      <div className="panel table-scroll">
        <Table className="list">
          <Table.Thead><Table.Tr><Table.Th>{t`Trigger`}</Table.Th><Table.Th>{t`Type`}</Table.Th><Table.Th>{t`Address`}</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {triggers.map((trigger) => (
              <Table.Tr key={trigger.id}>
                <Table.Td>{trigger.id}</Table.Td>
                <Table.Td title={trigger.type}>{shortType(trigger.type)}</Table.Td>
                <Table.Td><Address namespace={namespace} flowId={id} trigger={trigger} /></Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </section>
  )
}

/** A key that is an expression is known to the server alone. */
function Address({ namespace, flowId, trigger }: { namespace: string; flowId: string; trigger: TriggerSpec }) {
  const { key, type } = trigger
  if (!type.endsWith('.Webhook')) return <>–</>
  if (typeof key !== 'string' || key.includes('{{')) return <>{t`its key is an expression`}</>
  const address = `${serverAddress()}/api/v1/executions/webhook/${part(namespace)}/${part(flowId)}/${part(key)}`
  return <><span className="mono cut" style={{ display: 'inline-block', maxWidth: 420, verticalAlign: 'bottom' }} title={address}>{address}</span> <Copy text={address} /></>
}
