import { Modal, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { revisionQuery } from '../api/flows'
import type { Execution } from '../api/types'
import { fetchedOnce, useFetched } from './later'
import { t } from '../language'
import { ErrorBox } from '../parts/ErrorBox'

/** Reading YAML is fetched when it is wanted. */
const reading = fetchedOnce(async () => {
  const [{ textAt }, { pathOfTask }, { parse }] = await Promise.all([import('../nocode/text'), import('../expressions/visible'), import('yaml')])
  return (source: string, id: string) => {
    const path = pathOfTask(parse(source, { logLevel: 'silent' }), id)
    return path && textAt(source, path)
  }
})

interface Props {
  execution: Execution
  taskId: string
  onClose: () => void
}

/** A task as it was written in the revision that the execution ran. */
export function TaskSource({ execution: { namespace, flowId, flowRevision }, taskId, onClose }: Props) {
  const { data, error } = useQuery(revisionQuery(namespace, flowId, flowRevision))
  const read = useFetched(reading)
  const text = data?.source !== undefined && read ? read(data.source, taskId) : undefined
  return (
    <Modal opened onClose={onClose} size="lg" title={t`${taskId} in revision ${flowRevision}`}>
      <ErrorBox error={error} />
      {text !== undefined && <pre className="block mono" tabIndex={0}>{text}</pre>}
      {data && read && text === undefined && <Text c="dimmed" size="sm">{t`The flow does not name this task: another task made it while it ran.`}</Text>}
    </Modal>
  )
}
