import { useDisclosure } from '@mantine/hooks'
import { Button } from '@mantine/core'
import { FlowChooser } from '../flows/FlowChooser'
import { t } from '../language'
import { PageHead } from '../parts/PageHead'
import { ExecutionsList } from './ExecutionsList'

export default function ExecutionsPage() {
  const [isOpen, { open, close }] = useDisclosure()
  return (
    <>
      <PageHead title={t`Executions`}>
        <Button onClick={open}>{t`Execute…`}</Button>
      </PageHead>
      <ExecutionsList />
      <FlowChooser isOpen={isOpen} onClose={close} />
    </>
  )
}
