import { queryOptions } from '@tanstack/react-query'
import { part, request } from './client'
import type { Plugin } from '../plugins/groups'

export interface Property {
  type?: string | string[]
  title?: string
  description?: string
  default?: unknown
  enum?: unknown[]
  $ref?: string
  $dynamic?: boolean
  $required?: boolean
  $deprecated?: boolean
  items?: Property
  anyOf?: Property[]
  additionalProperties?: Property | boolean
  properties?: Record<string, Property>
  required?: string[]
  pattern?: string
}

export interface Shape extends Property {
  $examples?: { title?: string; code: string; lang?: string }[]
}

interface PluginDocument {
  markdown?: string
  schema?: { properties?: Shape; outputs?: Shape; definitions?: Record<string, Property> }
}

export const pluginsQuery = queryOptions({ queryKey: ['plugins'], queryFn: () => request<Plugin[]>('/plugins'), staleTime: Infinity })

export const pluginQuery = (cls: string) =>
  queryOptions({ queryKey: ['plugin', cls], queryFn: () => request<PluginDocument>(`/plugins/${part(cls)}`), staleTime: Infinity })
