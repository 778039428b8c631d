import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { restart } from '../../api/acts'
import { flowQuery, revisionQuery } from '../../api/flows'
import { t } from '../../language'
import { Dialog } from '../../parts/Dialog'
import { Changes } from './Changes'
import { RevisionField } from './ReplayDialog'
import { useAct, type DialogProps } from './useAct'

/** Runs again what failed; on another revision that is a new execution. */
export function RestartDialog(props: DialogProps) {
  const { id, namespace, flowId, flowRevision } = props.execution
  const latest = useQuery(flowQuery(namespace, flowId)).data?.revision ?? flowRevision
  const [revision, setRevision] = useState(flowRevision)
  const flow = useQuery({ ...revisionQuery(namespace, flowId, revision), enabled: revision !== flowRevision }).data
  const act = useAct(props, t`It runs again`, () => restart(id, revision === flowRevision ? undefined : revision))
  return (
    <Dialog title={t`Restart`} verb={t`Restart`} onConfirm={() => act.mutate()} onClose={props.onClose} isBusy={act.isPending} error={act.error}>
      <Text size="sm">
        {t`Tasks that failed run again, and what comes after them; what succeeded stays.`}
        {revision !== flowRevision && ` ${t`On another revision it is a new execution.`}`}
      </Text>
      <RevisionField label={t`Revision`} of={flowRevision} latest={latest} value={revision} onChange={setRevision} />
      {flow && <Changes flow={flow} since={flowRevision} />}
    </Dialog>
  )
}
