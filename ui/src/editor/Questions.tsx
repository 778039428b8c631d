import { Button, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { createFlow, updateFlow } from '../api/flows'
import type { Flow } from '../api/types'
import { ChangedLines } from '../executions/dialogs/Changes'
import { t } from '../language'
import { Dialog } from '../parts/Dialog'
import { PAGES } from '../api/root'
import type { Name } from './naming'

const pageOf = ({ namespace, id }: Name, tab: string) => `${PAGES}/flows/edit/${namespace}/${id}/${tab}`

interface OutdatedProps {
  base: Flow
  current: Flow
  /** Stores the text over it. */
  onSave: () => void
  /** Takes its text into the editor. */
  onTake: () => void
  onClose: () => void
}

/** Somebody else has stored a revision since the text was loaded. */
export function Outdated({ base, current, onSave, onTake, onClose }: OutdatedProps) {
  return (
    <Dialog
      title={t`Revision ${current.revision} was stored meanwhile`} verb={t`Save as revision ${current.revision + 1}`} isGrave onConfirm={onSave} onClose={onClose}
      note={<Button variant="default" onClick={onTake} title={t`Your text is one Ctrl+Z away`}>{t`Take revision ${current.revision} into the editor`}</Button>}
    >
      <Text size="sm">{t`You began with revision ${base.revision}. Since then this was changed; to save your text takes it back:`}</Text>
      <ChangedLines before={base.source ?? ''} after={current.source ?? ''} />
      <Text size="sm"><a href={pageOf(current, 'revisions')} target="_blank" rel="noreferrer">{t`All revisions, in a new tab`}</a></Text>
    </Dialog>
  )
}

interface NewProps {
  source: string
  onStored: (stored: Flow) => void
  onClose: () => void
}

/** The flow was deleted since its text was loaded. */
export function Gone({ source, onStored, onClose }: NewProps) {
  const create = useMutation({ mutationFn: () => createFlow(source), onSuccess: onStored })
  return (
    <Dialog title={t`This flow was deleted meanwhile`} verb={t`Bring it back`} isBusy={create.isPending} error={create.error} onConfirm={() => create.mutate()} onClose={onClose}>
      <Text size="sm">{t`Your text can be stored all the same: the flow is back then, with its earlier revisions.`}</Text>
    </Dialog>
  )
}

interface RenamedProps extends NewProps {
  flow: Flow
  name: Name
  /** Writes the flow's own name again. */
  onPutBack: () => void
}

/** A flow keeps its name: the text is that of another one. */
export function Renamed({ flow, name, source, onPutBack, onStored, onClose }: RenamedProps) {
  const create = useMutation({ mutationFn: () => createFlow(source), onSuccess: onStored })
  return (
    <Dialog
      title={t`A flow keeps its id and its namespace`} verb={t`Save as a new flow`} isBusy={create.isPending} error={create.error} onConfirm={() => create.mutate()} onClose={onClose}
      note={<Button variant="default" onClick={onPutBack}>{t`Put the name back`}</Button>}
    >
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        {t`This is the flow ${`${flow.namespace}.${flow.id}`}, and the text names ${`${name.namespace}.${name.id}`}. Executions, triggers and revisions belong to a name; another one makes another flow, and this one stays.`}
      </Text>
    </Dialog>
  )
}

interface TakenProps extends NewProps {
  current: Flow
}

/** A new flow has the name of one that is there. */
export function Taken({ current, source, onStored, onClose }: TakenProps) {
  const update = useMutation({ mutationFn: () => updateFlow(current.namespace, current.id, source), onSuccess: onStored })
  return (
    <Dialog
      title={t`A flow of this name exists`} verb={t`Save as its revision ${current.revision + 1}`} isGrave isBusy={update.isPending} error={update.error}
      onConfirm={() => update.mutate()} onClose={onClose}
    >
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        {t`Choose another id, or store this text as a revision of the flow ${`${current.namespace}.${current.id}`}. It would change these lines of it:`}
      </Text>
      <ChangedLines before={current.source ?? ''} after={source} />
      <Text size="sm"><a href={pageOf(current, 'editor')} target="_blank" rel="noreferrer">{t`Open that flow in a new tab`}</a></Text>
    </Dialog>
  )
}
