import { Button, Group, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useCan } from '../api/capabilities'
import { blueprintsQuery, type Blueprint } from '../api/blueprints'
import { t } from '../language'
import { PageHead } from '../parts/PageHead'
import { FlowArchive } from '../settings/FlowArchive'
import '../settings/settings.css'
import './welcome.css'

const SHOWN = 5
/** Those that need nothing but the server come first. */
const FIRST = ['hello_world', 'postgres_taxi', 'products_duckdb', 'trip_statistics', 'gazelle']

const placeOf = ({ id }: Blueprint) => (FIRST.includes(id) ? FIRST.indexOf(id) : FIRST.length)

/** The first page of an instance without flows: three ways to begin. */
export default function WelcomePage() {
  return (
    <>
      <PageHead title={t`Welcome to Tiercel`} />
      <Text mb="md">{t`A flow is a list of tasks, written as YAML. Make one, execute it, and watch it run.`}</Text>
      <div className="welcome">
        <Way title={t`Create a flow`}>
          <Text size="sm">{t`The editor completes what you type, explains every property and marks what is wrong. There is a form for those who would rather not write.`}</Text>
          <Button component={Link} to="/flows/new" mt="auto">{t`Create flow`}</Button>
        </Way>
        <Examples />
        <Way title={t`Look around`}>
          <Text size="sm">{t`What tasks there are, how flows are written, and what else this server can do.`}</Text>
          <Group gap="xs" mt="auto">
            <Button variant="default" component={Link} to="/plugins">{t`Plugins`}</Button>
            <Button variant="default" component={Link} to="/docs">{t`Documentation`}</Button>
          </Group>
        </Way>
      </div>
      <div className="welcome-import"><FlowArchive /></div>
    </>
  )
}

function Examples() {
  const can = useCan('GET /api/v1/blueprints/community')
  const { data } = useQuery({ ...blueprintsQuery(), enabled: can })
  if (!data?.total) return null
  return (
    <Way title={t`Begin with an example`}>
      <Text size="sm">{t`Flows that run as they are.`}</Text>
      <Stack gap={4}>
        {data.results.toSorted((one, other) => placeOf(one) - placeOf(other)).slice(0, SHOWN).map(({ id, title }) => <Link key={id} to="/flows/new" search={{ blueprint: id } as never}>{title}</Link>)}
      </Stack>
      <Button variant="default" component={Link} to="/blueprints" mt="auto">{t`All examples`}</Button>
    </Way>
  )
}

function Way({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="panel welcome-way" aria-label={title}>
      <Title order={2}>{title}</Title>
      {children}
    </section>
  )
}
