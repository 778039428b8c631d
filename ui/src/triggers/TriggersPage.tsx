import { Group } from '@mantine/core'
import { Typed } from '../executions/FilterBar'
import { PageHead } from '../parts/PageHead'
import { one } from '../search'
import { useAddress } from '../useAddress'
import { TriggersTable } from './TriggersTable'

export default function TriggersPage() {
  const [search, change] = useAddress()
  const [q, namespace] = [one(search, 'q'), one(search, 'namespace')]
  return (
    <>
      <PageHead title="Triggers" />
      <Group gap="xs" mb="xs">
        <Typed label="Search" value={q} onSettled={(value) => change({ q: value, page: undefined })} isFirst />
        <Typed label="Namespace" value={namespace} onSettled={(value) => change({ namespace: value, page: undefined })} />
      </Group>
      <TriggersTable query={{ q, namespace }} />
    </>
  )
}
