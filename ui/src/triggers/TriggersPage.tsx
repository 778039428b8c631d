import { Group, NativeSelect } from '@mantine/core'
import { Typed } from '../executions/FilterBar'
import { t } from '../language'
import { ColumnChooser } from '../parts/ColumnChooser'
import { PageHead } from '../parts/PageHead'
import { useDefaultNamespace } from '../parts/useDefaultNamespace'
import { one } from '../search'
import { useAddress } from '../useAddress'
import { TRIGGER_COLUMNS } from './columns'
import { TriggersTable } from './TriggersTable'

const STATES = [
  { value: '', label: t`On and off` },
  { value: 'ENABLED', label: t`On` },
  { value: 'DISABLED', label: t`Off` },
]

export default function TriggersPage() {
  const [search, change] = useAddress()
  useDefaultNamespace(search, change, true)
  const [q, namespace, state] = [one(search, 'q'), one(search, 'namespace'), one(search, 'state')]
  return (
    <>
      <PageHead title={t`Triggers`} />
      <Group gap="xs" mb="xs">
        <Typed label={t`Search`} value={q} onSettled={(value) => change({ q: value, page: undefined })} isFirst />
        <Typed label={t`Namespace`} value={namespace} onSettled={(value) => change({ namespace: value, page: undefined })} />
        <NativeSelect size="xs" aria-label={t`On or off`} data={STATES} value={state} onChange={(event) => change({ state: event.currentTarget.value, page: undefined })} />
        <Group ml="auto"><ColumnChooser list="triggers" columns={TRIGGER_COLUMNS} /></Group>
      </Group>
      <TriggersTable filter={{ q, namespace, state }} onClear={() => change({ q: undefined, namespace: undefined, state: undefined, page: undefined })} />
    </>
  )
}
