import { Table, Text } from '@mantine/core'
import type { Answer } from '../api/data'
import { counted, digits, t } from '../language'
import { textOf } from '../parts/ValueTable'

/** The rows of a query, as text: nothing in them is markup. */
export function Result({ answer }: { answer: Answer }) {
  const { columns, rows, truncated, seconds } = answer
  return (
    <section aria-label={t`Result`}>
      <Text size="sm" c="dimmed" my={6} role="status">
        {truncated ? t`First ${counted(rows.length, 'row')}` : counted(rows.length, 'row')} · {digits(seconds, { minimumFractionDigits: 3, maximumFractionDigits: 3 })} {t`s`}
      </Text>
      <div className="panel table-scroll data-rows" tabIndex={0} role="region" aria-label={t`Rows`}>
        <Table stickyHeader>
          <Table.Thead>
            <Table.Tr>
              {columns.map(({ name, type }, index) => (
                <Table.Th key={index} scope="col">{name} <Text span size="xs" c="dimmed">{type}</Text></Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row, index) => (
              <Table.Tr key={index}>
                {row.map((value, place) => (
                  <Table.Td key={place} className="mono" ta={typeof value === 'number' ? 'right' : undefined}>
                    {value === null ? <Text span size="xs" c="dimmed">NULL</Text> : textOf(value)}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </section>
  )
}
