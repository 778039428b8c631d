import { Alert } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { flowQuery } from '../api/flows'
import type { Flow } from '../api/types'
import { isLocked } from '../flows/locked'
import { t } from '../language'
import { done } from '../parts/notes'
import { FlowActions } from './FlowActions'
import { named, NAMED_BY } from './naming'
import { Frame } from './Frame'
import { Gone, Outdated, Renamed } from './Questions'
import { SourceEditor } from './SourceEditor'
import { useBegun } from './useBegun'
import { useDeletion } from './useDeletion'
import { useOpenFiles } from './useOpenFiles'
import { useSaving } from './useSaving'
import { useUnsaved } from './useUnsaved'

interface Props {
  flow: Flow
  onExecute: () => void
}

/** The source of a flow that is there, and what can be done with it. */
export default function FlowEditor({ flow, onExecute }: Props) {
  const { base, source, setSource, isChanged, isBehind, begin, stored } = useBegun(flow)
  const saving = useSaving(base, source, stored)
  const deletion = useDeletion(flow)
  const files = useOpenFiles(flow)
  useUnsaved((isChanged || files.unsaved.size > 0) && !deletion.isLeaving)
  const locked = isLocked(base)
  const notes = (
    <>
      {locked && <Alert py={8} mb="xs" title={t`This flow can be read only`}>{t`Its label system.readOnly says that it is not to be edited here: it is kept elsewhere, such as in a repository.`}</Alert>}
      {isBehind && <Alert py={8} mb="xs" color="yellow" title={t`Revision ${flow.revision} was stored meanwhile`}>{t`Saving asks what to do with it.`}</Alert>}
    </>
  )
  const editor = (lead: ReactNode) => (
    <>
      {notes}
      <SourceEditor
        source={source} onChange={setSource} onSave={() => isChanged && !saving.isSaving && saving.save()} isChanged={isChanged} isSaving={saving.isSaving}
        error={saving.error} isLocked={locked} fixed={NAMED_BY} isShown={files.tabs.shown === 'flow'} lead={lead}
      >
        <FlowActions flow={flow} source={source} isLocked={locked} onChange={setSource} onDelete={deletion.ask} onExecute={onExecute} />
      </SourceEditor>
    </>
  )
  return (
    <>
      <Frame namespace={flow.namespace} files={files} isFlowChanged={isChanged} flow={editor} />
      <Asked base={base} source={source} saving={saving} onChange={setSource} onBegin={begin} />
    </>
  )
}

interface AskedProps {
  base: Flow
  source: string
  saving: ReturnType<typeof useSaving>
  onChange: (source: string) => void
  onBegin: (flow: Flow) => void
}

/** What is asked before the text is stored. */
function Asked({ base, source, saving: { question, dismiss, saveOver }, onChange, onBegin }: AskedProps) {
  const cache = useQueryClient()
  const navigate = useNavigate()
  const begin = (flow: Flow) => {
    dismiss()
    cache.setQueryData(flowQuery(flow.namespace, flow.id).queryKey, flow)
    onBegin(flow)
  }
  const opened = ({ namespace, id }: Flow) => {
    dismiss()
    done(t`Flow ${id} is created`)
    void cache.invalidateQueries({ queryKey: ['flows'] })
    void navigate({ to: `/flows/edit/${namespace}/${id}/editor`, ignoreBlocker: true })
  }
  const putBack = () => {
    dismiss()
    onChange(named(source, base))
    done(t`The text names the flow ${`${base.namespace}.${base.id}`} again`)
  }
  switch (question?.kind) {
    case 'outdated': return <Outdated base={base} current={question.current} onSave={() => saveOver(question.current)} onTake={() => begin(question.current)} onClose={dismiss} />
    case 'gone': return <Gone source={source} onStored={begin} onClose={dismiss} />
    case 'renamed': return <Renamed flow={base} name={question.name} source={source} onPutBack={putBack} onStored={opened} onClose={dismiss} />
    default: return null
  }
}
