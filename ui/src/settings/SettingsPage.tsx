import { Stack } from '@mantine/core'
import { t } from '../language'
import { PageHead } from '../parts/PageHead'
import { Appearance } from './Appearance'
import { Configuration } from './Configuration'
import { EditorChoices } from './EditorChoices'
import { FlowArchive } from './FlowArchive'
import { ListsAndLogs } from './ListsAndLogs'
import { Login } from './Login'
import { Times } from './Times'
import { Tokens } from './Tokens'
import './settings.css'

export default function SettingsPage() {
  return (
    <>
      <PageHead title={t`Settings`} />
      <Stack gap="md">
        <Appearance />
        <EditorChoices />
        <ListsAndLogs />
        <Times />
        <FlowArchive />
        <Login />
        <Tokens />
        <Configuration />
      </Stack>
    </>
  )
}
