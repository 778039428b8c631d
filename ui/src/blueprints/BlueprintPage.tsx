import { Button, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { lazy, Suspense, useMemo } from 'react'
import { parse } from 'yaml'
import { blueprintQuery } from '../api/blueprints'
import { rich, t } from '../language'
import { ErrorBox } from '../parts/ErrorBox'
import { PageHead } from '../parts/PageHead'
import { Copy } from '../parts/ValueTable'
import { shortType, type Drawable } from '../topology/graph'
import './blueprints.css'

const Topology = lazy(() => import('../topology/Topology'))
const HEIGHT = 'calc(100dvh - 190px)'

/** One example: what it does, with what, and its source. */
export default function BlueprintPage() {
  const { blueprintId = '' } = useParams({ strict: false }) as { blueprintId?: string }
  const { data, error } = useQuery(blueprintQuery(blueprintId))
  const flow = useMemo(() => (data ? (parse(data.flow) as Drawable) : undefined), [data])
  return (
    <>
      <PageHead title={data?.title ?? blueprintId} crumbs={<><Link to="/flows">{t`Flows`}</Link> / <Link to="/blueprints">{t`Examples`}</Link></>}>
        {data && <Button component={Link} to="/flows/new" search={{ blueprint: blueprintId } as never}>{t`Use`}</Button>}
      </PageHead>
      <ErrorBox error={error} />
      {data && (
        <>
          {data.description && <Text size="sm" mb={6}>{data.description}</Text>}
          <Text size="sm" c="dimmed" mb="xs">
            {rich`With ${<Types key="types" types={data.includedTasks ?? []} />}.`} <Copy text={data.flow} label={t`copy the source`} />
          </Text>
          <div className="blueprint-parts">
            <pre className="block mono" style={{ maxHeight: HEIGHT }} tabIndex={0} aria-label={t`Source`}>{data.flow}</pre>
            <Suspense fallback={<p aria-busy>{t`Drawing …`}</p>}>{flow && <Topology flow={flow} height={HEIGHT} isDown />}</Suspense>
          </div>
        </>
      )}
    </>
  )
}

const Types = ({ types }: { types: readonly string[] }) =>
  types.map((type, index) => <span key={type}>{index > 0 && ', '}<Link to={`/plugins/${type}`} title={type}>{shortType(type)}</Link></span>)
