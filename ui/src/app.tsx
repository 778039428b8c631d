import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import './app.css'

import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { ApiError } from './api/client'
import { failed } from './parts/notes'
import { makeRouter } from './router'
import { resolver, theme } from './theme'

const REFUSED = 400

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2000,
      // What the server refused once it refuses again; only its absence is worth another try.
      retry: (count, error) => count < 2 && !(error instanceof ApiError && error.status >= REFUSED),
    },
  },
})

/** Draws the pages; `unspoken` is the name of a language whose texts could not be loaded. */
export function start(unspoken?: string): void {
  const router = makeRouter()
  createRoot(document.getElementById('root') as HTMLElement).render(
    <StrictMode>
      <MantineProvider theme={theme} cssVariablesResolver={resolver} defaultColorScheme="auto">
        <Notifications position="bottom-right" />
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  )
  if (unspoken) failed(new Error(`The texts in the language ${unspoken} could not be loaded: this is English. Load the page again.`))
}
