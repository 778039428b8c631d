import { Button, Group, SimpleGrid, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { blueprintsQuery, blueprintTagsQuery, type Blueprint } from '../api/blueprints'
import { Typed } from '../executions/FilterBar'
import { toggled } from '../executions/filters'
import { t } from '../language'
import { Empty } from '../parts/Empty'
import { ErrorBox } from '../parts/ErrorBox'
import { PageHead } from '../parts/PageHead'
import { many, one } from '../search'
import { useAddress } from '../useAddress'
import './blueprints.css'

/** Flows to begin from, by what they use. */
export default function BlueprintsPage() {
  const [search, change] = useAddress()
  const [q, tags] = [one(search, 'q'), many(search, 'tags')]
  const known = useQuery(blueprintTagsQuery)
  const { data, error } = useQuery(blueprintsQuery({ q, tags }))
  return (
    <>
      <PageHead title={t`Examples`} crumbs={<Link to="/flows">{t`Flows`}</Link>} />
      <Group gap="xs" mb="sm">
        <Typed label={t`Search`} value={q} onSettled={(text) => change({ q: text })} isFirst />
        {known.data?.map(({ id, name }) => (
          <Button key={id} size="compact-xs" variant={tags.includes(id) ? 'filled' : 'default'} aria-pressed={tags.includes(id)} onClick={() => change({ tags: toggled(tags, id) })}>{name}</Button>
        ))}
      </Group>
      <ErrorBox error={error ?? known.error} />
      {data?.total === 0 && <Empty what="examples" isFiltered={q !== '' || tags.length > 0} onClear={() => change({ q: undefined, tags: undefined })} />}
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="sm">{data?.results.map((blueprint) => <Card key={blueprint.id} blueprint={blueprint} />)}</SimpleGrid>
    </>
  )
}

function Card({ blueprint: { id, title, description, tags = [] } }: { blueprint: Blueprint }) {
  return (
    <section className="panel blueprint" aria-label={title}>
      <Title order={2}><Link to={`/blueprints/${id}`}>{title}</Link></Title>
      {description && <Text size="sm" lineClamp={3} title={description}>{description}</Text>}
      <Group gap={4} mt="auto">
        {tags.map((tag) => <Text key={tag} span size="xs" c="dimmed">{tag}</Text>)}
        <Button ml="auto" size="compact-xs" variant="default" component={Link} to="/flows/new" search={{ blueprint: id } as never} aria-label={t`Use ${title}`}>{t`Use`}</Button>
      </Group>
    </section>
  )
}
