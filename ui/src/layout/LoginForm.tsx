import { Button, Center, Paper, PasswordInput, Text, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError, request } from '../api/client'
import { t } from '../language'
import { ErrorBox } from '../parts/ErrorBox'

const NOT_KNOWN = 401

/** Asks who is there; the session is a cookie that no script can read. */
export function LoginForm() {
  const [username, setUsername] = useState('')
  const [password, setPassword] = useState('')
  const login = useMutation({
    mutationFn: () => request<void>('/login', { method: 'POST', json: { username, password } }),
    onSuccess: () => window.location.reload(),
  })
  const isRefused = login.error instanceof ApiError && login.error.status === NOT_KNOWN
  return (
    <Center mih="100dvh" component="main" p="md">
      <Paper component="form" withBorder p="lg" w={330} onSubmit={(event) => {
        event.preventDefault()
        login.mutate()
      }}>
        <Text component="h1" fw={700} size="lg" mb="md">Tiercel</Text>
        <TextInput label={t`User`} autoComplete="username" autoFocus value={username} onChange={(event) => setUsername(event.currentTarget.value)} mb="sm" />
        <PasswordInput label={t`Password`} size="xs" autoComplete="current-password" value={password} onChange={(event) => setPassword(event.currentTarget.value)} mb="md" visibilityToggleButtonProps={{ 'aria-label': t`Show the password` }} />
        <ErrorBox error={isRefused ? new Error(t`User or password is wrong.`) : login.error} />
        <Button type="submit" fullWidth mt="sm" loading={login.isPending}>{t`Log in`}</Button>
      </Paper>
    </Center>
  )
}
