import { Button, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { t } from '../language'
import { PageHead } from '../parts/PageHead'

export function Missing() {
  return (
    <Stack align="flex-start">
      <PageHead title={t`No such page`} />
      <Text>{t`Nothing is at this address.`}</Text>
      <Button component={Link} to="/dashboards/default">
        {t`To the dashboard`}
      </Button>
    </Stack>
  )
}
