import { Button, Stack, Text } from '@mantine/core'
import { IconBolt, IconChartBar, IconDatabase, IconFileText, IconFolders, IconPlug, IconPlayerPlay, IconSitemap } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useRoutes } from '../api/capabilities'
import { request } from '../api/client'

const ENTRIES = [
  { to: '/dashboards/default', title: 'Dashboard', icon: IconChartBar },
  { to: '/flows', title: 'Flows', icon: IconSitemap },
  { to: '/executions', title: 'Executions', icon: IconPlayerPlay },
  { to: '/logs', title: 'Logs', icon: IconFileText },
  { to: '/admin/triggers', title: 'Triggers', icon: IconBolt, needs: 'GET /api/v1/triggers/search' },
  { to: '/namespaces', title: 'Namespaces', icon: IconFolders, needs: 'GET /api/v1/namespaces/search' },
  { to: '/data', title: 'Data', icon: IconDatabase, needs: 'GET /api/v1/data' },
  { to: '/plugins', title: 'Plugins', icon: IconPlug, needs: 'GET /api/v1/plugins' },
]

export function Menu() {
  const routes = useRoutes()
  const configs = useQuery({
    queryKey: ['configs'],
    queryFn: () => request<{ version: string; isBasicAuthEnabled: boolean }>('/configs'),
    staleTime: Infinity,
  })
  return (
    <Stack component="nav" className="menu" gap={2} h="100%" aria-label="Main">
      {ENTRIES.filter(({ needs }) => !needs || routes?.has(needs)).map(({ to, title, icon: Icon }) => (
        <Link key={to} to={to} activeOptions={{ exact: false, includeSearch: false }}>
          <Icon size={17} stroke={1.6} aria-hidden />
          {title}
        </Link>
      ))}
      <Text size="xs" c="dimmed" mt="auto" px={10}>
        {configs.data ? `Version ${configs.data.version}` : ''}
      </Text>
      {configs.data?.isBasicAuthEnabled && <Button variant="subtle" justify="flex-start" onClick={() => void logOut()}>Log out</Button>}
    </Stack>
  )
}

async function logOut() {
  await request<void>('/logout', { method: 'POST' })
  window.location.reload()
}
