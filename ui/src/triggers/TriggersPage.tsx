import { Group, NativeSelect } from '@mantine/core'
import { Typed } from '../executions/FilterBar'
import { t } from '../language'
import { PageHead } from '../parts/PageHead'
import { one } from '../search'
import { useAddress } from '../useAddress'
import { TriggersTable } from './TriggersTable'

const STATES = [
  { value: '', label: t`On and off` },
  { value: 'ENABLED', label: t`On` },
  { value: 'DISABLED', label: t`Off` },
]

export default function TriggersPage() {
  const [search, change] = useAddress()
  const [q, namespace, state] = [one(search, 'q'), one(search, 'namespace'), one(search, 'state')]
  return (
    <>
      <PageHead title={t`Triggers`} />
      <Group gap="xs" mb="xs">
        <Typed label={t`Search`} value={q} onSettled={(value) => change({ q: value, page: undefined })} isFirst />
        <Typed label={t`Namespace`} value={namespace} onSettled={(value) => change({ namespace: value, page: undefined })} />
        <NativeSelect size="xs" aria-label={t`On or off`} data={STATES} value={state} onChange={(event) => change({ state: event.currentTarget.value, page: undefined })} />
      </Group>
      <TriggersTable filter={{ q, namespace, state }} onClear={() => change({ q: undefined, namespace: undefined, state: undefined, page: undefined })} />
    </>
  )
}
