import { TextInput } from '@mantine/core'
import { t } from '../language'
import { Choice } from './Choice'
import { EXECUTION_TABS, LOG_LEVELS, ROWS, setPreferences, usePreferences, type LogDisplay, type Refresh } from './preferences'
import { Section } from './Section'

const TABS: Readonly<Record<(typeof EXECUTION_TABS)[number], string>> = {
  overview: t`Overview`, gantt: t`Gantt`, logs: t`Logs`, topology: t`Topology`, outputs: t`Outputs`, metrics: t`Metrics`,
}
const WINDOWS = [
  { value: 'same', label: t`This tab` },
  { value: 'new', label: t`A new tab` },
]
const REFRESHES: readonly { value: Refresh; label: string }[] = [
  { value: 'live', label: t`As things happen` },
  { value: '10', label: t`Every 10 seconds` },
  { value: '30', label: t`Every 30 seconds` },
  { value: '60', label: t`Every minute` },
  { value: '300', label: t`Every 5 minutes` },
  { value: 'never', label: t`Only when they are opened` },
]
const ORDERS = [
  { value: 'time', label: t`By time` },
  { value: 'run', label: t`By task run` },
]
const DISPLAYS: readonly { value: LogDisplay; label: string }[] = [
  { value: 'auto', label: t`The first that failed, or all of a few` },
  { value: 'all', label: t`All` },
  { value: 'failed', label: t`All with errors` },
  { value: 'none', label: t`None` },
]

export function ListsAndLogs() {
  const liked = usePreferences()
  return (
    <Section title={t`Lists and logs`}>
      <div className="settings-grid">
        <Choice label={t`Rows of a list`} data={ROWS.map(String)} value={String(liked.rows)} onChange={(value) => setPreferences({ rows: Number(value) })} />
        <Choice label={t`Lists are read again`} data={REFRESHES} value={liked.refresh} onChange={(value) => setPreferences({ refresh: value as Refresh })} />
        <TextInput label={t`Namespace that lists begin with`} placeholder={t`All`} value={liked.namespace} onChange={(event) => setPreferences({ namespace: event.currentTarget.value.trim() })} />
        <Choice label={t`After Execute, show`} data={EXECUTION_TABS.map((tab) => ({ value: tab, label: TABS[tab] }))} value={liked.executionTab} onChange={(executionTab) => setPreferences({ executionTab })} />
        <Choice label={t`And show it in`} data={WINDOWS} value={liked.opensAside ? 'new' : 'same'} onChange={(value) => setPreferences({ opensAside: value === 'new' })} />
        <Choice label={t`Lowest level of logs`} data={LOG_LEVELS} value={liked.logLevel} onChange={(logLevel) => setPreferences({ logLevel })} />
        <Choice label={t`Order of an execution's log`} data={ORDERS} value={liked.groupsLogs ? 'run' : 'time'} onChange={(value) => setPreferences({ groupsLogs: value === 'run' })} />
        <Choice label={t`Task runs that are open in it`} data={DISPLAYS} value={liked.logDisplay} onChange={(value) => setPreferences({ logDisplay: value as LogDisplay })} />
      </div>
    </Section>
  )
}
