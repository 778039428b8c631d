import { Stack } from '@mantine/core'
import { PageHead } from '../parts/PageHead'
import { Appearance } from './Appearance'
import { Configuration } from './Configuration'
import { FlowArchive } from './FlowArchive'
import { Login } from './Login'
import { Tokens } from './Tokens'
import './settings.css'

export default function SettingsPage() {
  return (
    <>
      <PageHead title="Settings" />
      <Stack gap="md">
        <Appearance />
        <FlowArchive />
        <Login />
        <Tokens />
        <Configuration />
      </Stack>
    </>
  )
}
