import 'monaco-editor/esm/vs/editor/editor.all.js'
import 'monaco-editor/esm/vs/basic-languages/python/python.contribution.js'
import 'monaco-editor/esm/vs/basic-languages/sql/sql.contribution.js'
import 'monaco-editor/esm/vs/basic-languages/shell/shell.contribution.js'
import 'monaco-editor/esm/vs/basic-languages/markdown/markdown.contribution.js'
import * as monaco from 'monaco-editor/esm/vs/editor/editor.api.js'
import { conf, language } from 'monaco-editor/esm/vs/basic-languages/yaml/yaml.js'
import EditorWorker from 'monaco-editor/esm/vs/editor/editor.worker.js?worker'
import { configureMonacoYaml } from 'monaco-yaml'
import { request } from '../api/client'
import YamlWorker from './yaml.worker?worker'

window.MonacoEnvironment = {
  getWorker: (_, label) => (label === 'yaml' ? new YamlWorker() : new EditorWorker()),
}

/** Flows are told from other text, YAML too, by the folder of their model's address. */
export const FLOW_FOLDER = 'inmemory://flows/'
export const TEXT_FOLDER = 'inmemory://texts/'

const yaml = configureMonacoYaml(monaco, { schemas: [], validate: false, completion: true, hover: true, format: { enable: false } })

const schemas = new Map<string, object>()

/** Gives the texts of a folder completion and hover; validation is the server's own, not the schema's. */
export function addSchema(folder: string, schema: object): Promise<void> {
  schemas.set(folder, schema)
  return yaml.update({ schemas: [...schemas].map(([of, known]) => ({ uri: `${of}schema.json`, fileMatch: [`${of}*`], schema: known })) })
}

let asked: Promise<void> | undefined

/** The schema of flows is large: it is fetched once, when a flow is edited. */
export function loadFlowSchema(): Promise<void> {
  asked ??= request<object>('/plugins/schemas/flow').then((schema) => addSchema(FLOW_FOLDER, schema))
  return asked
}

monaco.languages.setMonarchTokensProvider('yaml', language)

// After `- id: x` the next property belongs to the same item: below its first one, not below the dash.
monaco.languages.setLanguageConfiguration('yaml', {
  ...conf,
  onEnterRules: [
    { beforeText: /^\s*-\s+[^\s:]+:\s+\S.*$/, action: { indentAction: monaco.languages.IndentAction.Indent } },
    { beforeText: /^\s*[^\s#].*:\s*[|>]?[+-]?\s*$/, action: { indentAction: monaco.languages.IndentAction.Indent } },
  ],
})

// Pale grounds, so that coloured words keep their contrast on changed lines.
const CHANGED = {
  'diffEditor.insertedTextBackground': '#00a86b18',
  'diffEditor.insertedLineBackground': '#00a86b12',
  'diffEditor.removedTextBackground': '#d0302018',
  'diffEditor.removedLineBackground': '#d0302012',
}

monaco.editor.defineTheme('tiercel-dark', { base: 'vs-dark', inherit: true, rules: [], colors: { 'editor.background': '#16191d', ...CHANGED } })
monaco.editor.defineTheme('tiercel-light', {
  base: 'vs', inherit: true, rules: [{ token: 'type.yaml', foreground: '00606f' }], colors: CHANGED,
})

export { monaco }
