import { IconBolt, IconBook, IconChartBar, IconDatabase, IconFileText, IconFolders, IconHeartbeat, IconPlayerPlay, IconPlug, IconSettings, IconSitemap } from '@tabler/icons-react'
import { t } from '../language'

interface Place {
  to: string
  title: string
  icon: typeof IconBolt
  /** The second key after G. */
  key: string
  /** Where the addresses of other pages begin that belong to this one. */
  home?: string
  /** The route that the page is about; a server without it has no such page. */
  needs?: string
}

/** The pages of the menu, in its order. */
export const PLACES: readonly Place[] = [
  { to: '/dashboards/default', title: t`Dashboard`, icon: IconChartBar, key: 'd', home: '/dashboards/' },
  { to: '/flows', title: t`Flows`, icon: IconSitemap, key: 'f' },
  { to: '/executions', title: t`Executions`, icon: IconPlayerPlay, key: 'e' },
  { to: '/logs', title: t`Logs`, icon: IconFileText, key: 'l' },
  { to: '/admin/triggers', title: t`Triggers`, icon: IconBolt, key: 't', needs: 'GET /api/v1/triggers/search' },
  { to: '/namespaces', title: t`Namespaces`, icon: IconFolders, key: 'n', needs: 'GET /api/v1/namespaces/search' },
  { to: '/data', title: t`Data`, icon: IconDatabase, key: 'a', needs: 'GET /api/v1/data' },
  { to: '/plugins', title: t`Plugins`, icon: IconPlug, key: 'p', needs: 'GET /api/v1/plugins' },
  { to: '/docs', title: t`Documentation`, icon: IconBook, key: 'o' },
  { to: '/health', title: t`Health`, icon: IconHeartbeat, key: 'h', needs: 'GET /api/v1/services' },
  { to: '/settings', title: t`Settings`, icon: IconSettings, key: 's' },
]
