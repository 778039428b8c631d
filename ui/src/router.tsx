import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect, type RouteComponent } from '@tanstack/react-router'
import { PAGES } from './api/root'
import { ErrorBox } from './parts/ErrorBox'
import { firstPage } from './layout/firstPage'
import { Shell } from './layout/Shell'
import { Missing } from './layout/Missing'
import { parseSearch, stringifySearch, type Search } from './search'

const root = createRootRoute({
  component: Shell,
  notFoundComponent: Missing,
  errorComponent: ({ error }) => <ErrorBox error={error} />,
  validateSearch: (search: Record<string, unknown>) => search as Search,
})

const page = (path: string, component: RouteComponent) => createRoute({ getParentRoute: () => root, path, component })

const leads = (path: string, to: () => string | Promise<string>) =>
  createRoute({
    getParentRoute: () => root,
    path,
    beforeLoad: async () => {
      throw redirect({ to: await to(), replace: true })
    },
  })

const Welcome = lazyRouteComponent(() => import('./welcome/WelcomePage'))
const Dashboard = lazyRouteComponent(() => import('./dashboard/DashboardPage'))
const NewDashboard = lazyRouteComponent(() => import('./dashboards/NewDashboardPage'))
const EditDashboard = lazyRouteComponent(() => import('./dashboards/EditDashboardPage'))
const CustomDashboard = lazyRouteComponent(() => import('./dashboards/CustomDashboardPage'))
const Flows = lazyRouteComponent(() => import('./flows/FlowsPage'))
const NewFlow = lazyRouteComponent(() => import('./flows/NewFlowPage'))
const SourceSearch = lazyRouteComponent(() => import('./flows/SourceSearchPage'))
const FlowPage = lazyRouteComponent(() => import('./flows/FlowPage'))
const Blueprints = lazyRouteComponent(() => import('./blueprints/BlueprintsPage'))
const BlueprintPage = lazyRouteComponent(() => import('./blueprints/BlueprintPage'))
const Executions = lazyRouteComponent(() => import('./executions/ExecutionsPage'))
const ExecutionPage = lazyRouteComponent(() => import('./executions/ExecutionPage'))
const Logs = lazyRouteComponent(() => import('./logs/LogsPage'))
const Triggers = lazyRouteComponent(() => import('./triggers/TriggersPage'))
const Namespaces = lazyRouteComponent(() => import('./namespaces/NamespacesPage'))
const NamespacePage = lazyRouteComponent(() => import('./namespaces/NamespacePage'))
const AllKeys = lazyRouteComponent(() => import('./namespaces/EverywherePage'), 'AllKeys')
const AllSecrets = lazyRouteComponent(() => import('./namespaces/EverywherePage'), 'AllSecrets')
const Data = lazyRouteComponent(() => import('./data/DataPage'))
const Health = lazyRouteComponent(() => import('./health/HealthPage'))
const Settings = lazyRouteComponent(() => import('./settings/SettingsPage'))
const Docs = lazyRouteComponent(() => import('./docs/DocsPage'))
const Plugins = lazyRouteComponent(() => import('./plugins/PluginsPage'))

/** Addresses are those that users of Kestra have in their bookmarks, and that the server prints. */
const tree = root.addChildren([
  leads('/', firstPage),
  leads('/dashboards', () => '/dashboards/default'),
  // What has no page of its own here leads to what is nearest.
  leads('/taskruns', () => '/executions'),
  leads('/admin/stats', () => '/health'),
  page('/welcome', Welcome),
  page('/dashboards/default', Dashboard),
  page('/dashboards/new', NewDashboard),
  page('/dashboards/$dashboardId', CustomDashboard),
  page('/dashboards/$dashboardId/edit', EditDashboard),
  page('/flows', Flows),
  page('/flows/new', NewFlow),
  page('/flows/search', SourceSearch),
  page('/blueprints', Blueprints),
  page('/blueprints/$blueprintId', BlueprintPage),
  page('/flows/edit/$namespace/$flowId', FlowPage),
  page('/flows/edit/$namespace/$flowId/$tab', FlowPage),
  page('/executions', Executions),
  page('/executions/$namespace/$flowId/$id', ExecutionPage),
  page('/executions/$namespace/$flowId/$id/$tab', ExecutionPage),
  page('/logs', Logs),
  page('/admin/triggers', Triggers),
  page('/namespaces', Namespaces),
  page('/namespaces/edit/$namespace', NamespacePage),
  page('/namespaces/edit/$namespace/$tab', NamespacePage),
  page('/kv', AllKeys),
  page('/secrets', AllSecrets),
  page('/data', Data),
  page('/health', Health),
  page('/settings', Settings),
  page('/docs', Docs),
  page('/docs/$name', Docs),
  page('/plugins', Plugins),
  page('/plugins/$cls', Plugins),
])

const TENANT = `${PAGES}/main/`

export function makeRouter() {
  // The tenant may stand in shared links; it means nothing here.
  const { pathname, search } = window.location
  if (pathname.startsWith(TENANT)) {
    window.history.replaceState(null, '', `${PAGES}/${pathname.slice(TENANT.length)}${search}`)
  }
  return createRouter({
    routeTree: tree,
    basepath: PAGES,
    parseSearch,
    stringifySearch,
    defaultPreload: 'intent',
    scrollRestoration: true,
  })
}
