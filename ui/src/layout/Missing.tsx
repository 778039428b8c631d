import { Button, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { PageHead } from '../parts/PageHead'

export function Missing() {
  return (
    <Stack align="flex-start">
      <PageHead title="No such page" />
      <Text>Nothing is at this address.</Text>
      <Button component={Link} to="/dashboards/default">
        To the dashboard
      </Button>
    </Stack>
  )
}
