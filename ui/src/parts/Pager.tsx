import { Anchor, Group, NativeSelect, Pagination, Text } from '@mantine/core'
import { digits, t } from '../language'

/** As far as the server counts: a total of so many may be more. */
const COUNTED_TO: readonly number[] = [2_000, 10_000]

const CONTROLS = { first: t`first page`, previous: t`previous page`, next: t`next page`, last: t`last page` }

interface Props {
  page: number
  size: number
  total: number
  onChange: (page: number, size: number) => void
  /** Where all of them are to be had as a file. */
  csv?: string | undefined
}

export function Pager({ page, size, total, onChange, csv }: Props) {
  const pages = Math.max(1, Math.ceil(total / size))
  return (
    <Group justify="space-between" mt="sm" gap="xs">
      <Text size="sm" c="dimmed">
        {COUNTED_TO.includes(total) ? t`${digits(total)} or more` : t`${digits(total)} in all`}{csv && <>, <Anchor href={csv} download inherit underline="always">{t`as CSV`}</Anchor></>}
      </Text>
      <Group gap="xs">
        {pages > 1 && (
          <Pagination
            size="sm" value={page} total={pages} onChange={(next) => onChange(next, size)}
            getItemProps={(item) => ({ 'aria-label': t`Page ${item}` })}
            getControlProps={(control) => ({ 'aria-label': CONTROLS[control] })}
          />
        )}
        <NativeSelect
          size="xs" aria-label={t`Rows per page`} value={String(size)} data={['10', '25', '50', '100']}
          onChange={(event) => onChange(1, Number(event.currentTarget.value))}
        />
      </Group>
    </Group>
  )
}
