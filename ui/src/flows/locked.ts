import type { Flow } from '../api/types'

const LOCK = 'system.readOnly'

/** Whether a flow says of itself that it is not to be edited in the pages. */
export const isLocked = ({ labels }: Pick<Flow, 'labels'>): boolean => labels?.some(({ key, value }) => key === LOCK && value === 'true') ?? false
