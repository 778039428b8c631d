import { fetchedOnce } from '../executions/later'

/** The picture of a flow, for the pages that show one. */
export const topology = fetchedOnce(() => import('./Topology'))
