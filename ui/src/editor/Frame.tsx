import { Button } from '@mantine/core'
import { IconFiles } from '@tabler/icons-react'
import { useState, type ReactNode } from 'react'
import { t } from '../language'
import { FileText } from '../namespaces/FileText'
import { keeping } from '../parts/keeping'
import { FilesBar } from './FilesBar'
import { panelId, tabId, TabRow } from './TabRow'
import type { OpenFile, TabKey } from './tabs'
import type { OpenFiles } from './useOpenFiles'
import './editor.css'

const bar = keeping('tiercel-editor-files', (text) => text === 'true')

interface Props {
  namespace: string
  files: OpenFiles
  isFlowChanged: boolean
  /** The editor of the flow; it has the button that shows the files in its bar. */
  flow: (lead: ReactNode) => ReactNode
}

/** An editor of a flow with files beside it: a tree at its side, and a tab for each that is open. */
export function Frame({ namespace, files, isFlowChanged, flow }: Props) {
  const { tabs, unsaved, mark, show, close } = files
  const hasBar = bar.use()
  const seen = useSeen(tabs.files, tabs.shown)
  const hasTabs = tabs.files.length > 0
  const lead = <FilesButton isOpen={hasBar} onToggle={() => bar.set(!hasBar)} />
  const isUnsaved = new Set<TabKey>([...unsaved, ...(isFlowChanged ? ['flow' as const] : [])])
  return (
    <div className="editor-frame" data-bar={hasBar || undefined} data-tabs={hasTabs || undefined}>
      {hasBar && <FilesBar namespace={namespace} files={files} />}
      <div className="editor-main">
        {hasTabs && <TabRow tabs={tabs} unsaved={isUnsaved} onShow={show} onClose={close} />}
        <Panel of="flow" shown={tabs.shown} isTab={hasTabs}>{flow(lead)}</Panel>
        {tabs.files.filter(({ key }) => seen.has(key)).map((file) => (
          <Panel key={file.key} of={file.key} shown={tabs.shown} isTab>
            <Opened namespace={namespace} file={file} isShown={tabs.shown === file.key} lead={lead} onMark={mark} />
          </Panel>
        ))}
      </div>
    </div>
  )
}

/** The files that were looked at: one of a tab that was kept is fetched when it is first seen. */
function useSeen(files: readonly OpenFile[], shown: TabKey): ReadonlySet<TabKey> {
  const [seen, setSeen] = useState<ReadonlySet<TabKey>>(() => new Set([shown]))
  const open = new Set<TabKey>(files.map(({ key }) => key))
  const isStale = !seen.has(shown) || [...seen].some((key) => key !== 'flow' && !open.has(key))
  if (!isStale) return seen
  const next = new Set([...seen].filter((key) => key === 'flow' || open.has(key))).add(shown)
  setSeen(next)
  return next
}

/** What is not shown stays as it is, with all that can be taken back in it. */
function Panel({ of, shown, isTab, children }: { of: TabKey; shown: TabKey; isTab: boolean; children: ReactNode }) {
  return <div id={panelId(of)} hidden={of !== shown} {...(isTab ? { role: 'tabpanel', 'aria-labelledby': tabId(of) } : {})}>{children}</div>
}

interface OpenedProps {
  namespace: string
  file: OpenFile
  isShown: boolean
  lead: ReactNode
  onMark: (key: number, isUnsaved: boolean) => void
}

function Opened({ namespace, file: { key, path }, isShown, lead, onMark }: OpenedProps) {
  const [change] = useState(() => (isChanged: boolean) => onMark(key, isChanged))
  return <FileText namespace={namespace} path={path} onChanged={change} height="var(--editor-height)" isShown={isShown} lead={lead} />
}

function FilesButton({ isOpen, onToggle }: { isOpen: boolean; onToggle: () => void }) {
  return (
    <Button variant={isOpen ? 'light' : 'default'} size="xs" px="xs" aria-expanded={isOpen} leftSection={<IconFiles size={15} stroke={1.6} />} onClick={onToggle}>{t`Files`}</Button>
  )
}
