import type { ComponentProps } from 'react'
import CodeEditor from '../editor/CodeEditor'
import { addSchema } from '../editor/monaco'
import { SCHEMA } from './schema'

const FOLDER = 'inmemory://dashboards/'

void addSchema(FOLDER, SCHEMA)

/** The editor, with completion and hover of what a dashboard is made of. */
export default function DashboardCode(props: Omit<ComponentProps<typeof CodeEditor>, 'label' | 'folder'>) {
  return <CodeEditor {...props} folder={FOLDER} label="Source of the dashboard" />
}
