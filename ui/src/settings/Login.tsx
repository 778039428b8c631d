import { Button, Group, PasswordInput, TextInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { useCan } from '../api/capabilities'
import { configsQuery, logOut } from '../api/configs'
import { setCredentials } from '../api/tokens'
import { t } from '../language'
import { ErrorBox } from '../parts/ErrorBox'
import { Section } from './Section'

/** Name and password of the server: set for the first time, or changed. */
export function Login() {
  const can = useCan('POST /api/v1/basicAuth')
  const { data: configs } = useQuery(configsQuery)
  const [[username, password, repeated], setFields] = useState<readonly [string, string, string]>(['', '', ''])
  const set = useMutation({
    mutationFn: () => setCredentials(username, password),
    // Another password ends every session, this one too.
    onSuccess: () => window.location.reload(),
  })
  if (!can || !configs) return null
  const isOn = configs.isBasicAuthEnabled
  const submit = (event: FormEvent) => {
    event.preventDefault()
    set.mutate()
  }
  const differs = repeated !== '' && repeated !== password
  return (
    <Section
      title={t`Login`}
      hint={isOn ? t`Another password ends all sessions: you log in anew.` : t`Nobody needs to log in to this server. Once a name and a password are set, everybody does.`}
    >
      <form onSubmit={submit}>
        <div className="settings-grid">
          <TextInput label={t`E-mail address`} type="email" autoComplete="username" required value={username} onChange={(event) => setFields([event.currentTarget.value, password, repeated])} />
          <Secret label={isOn ? t`New password` : t`Password`} value={password} onChange={(value) => setFields([username, value, repeated])} />
          <Secret label={t`Again`} value={repeated} error={differs && t`It is not the same`} onChange={(value) => setFields([username, password, value])} />
        </div>
        {set.error && <div style={{ marginTop: 8 }}><ErrorBox error={set.error} /></div>}
        <Group gap="xs" mt="sm">
          <Button type="submit" variant="default" loading={set.isPending} disabled={!username || !password || repeated !== password}>{isOn ? t`Change the login` : t`Set the login`}</Button>
          {isOn && <Button variant="default" onClick={() => void logOut()}>{t`Log out`}</Button>}
        </Group>
      </form>
    </Section>
  )
}

interface SecretProps {
  label: string
  value: string
  error?: string | false
  onChange: (value: string) => void
}

function Secret({ label, value, error, onChange }: SecretProps) {
  return (
    <PasswordInput
      label={label} size="xs" autoComplete="new-password" required value={value} error={error}
      visibilityToggleButtonProps={{ 'aria-label': t`Show “${label}”` }} onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}
