import { useDisclosure } from '@mantine/hooks'
import { Button } from '@mantine/core'
import { FlowChooser } from '../flows/FlowChooser'
import { PageHead } from '../parts/PageHead'
import { ExecutionsList } from './ExecutionsList'

export default function ExecutionsPage() {
  const [isOpen, { open, close }] = useDisclosure()
  return (
    <>
      <PageHead title="Executions">
        <Button onClick={open}>Execute…</Button>
      </PageHead>
      <ExecutionsList />
      <FlowChooser isOpen={isOpen} onClose={close} />
    </>
  )
}
