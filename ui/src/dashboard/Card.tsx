import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { StateName } from '../api/types'
import { digits } from '../language'
import './dashboard.css'

interface Props {
  name: string
  value: ReactNode
  link?: { to: string; search: object } | undefined
  state?: StateName
}

/** One figure; it leads to what it counts. */
export function Card({ name, value, link, state }: Props) {
  const content = (
    <>
      <span className="card-value" data-state={state}>{typeof value === 'number' ? digits(value) : (value ?? '…')}</span>
      <span className="card-name">{name}</span>
    </>
  )
  return link ? <Link className="card panel" to={link.to} search={link.search as never}>{content}</Link> : <div className="card panel">{content}</div>
}
