import react from '@vitejs/plugin-react'
import { createGzip } from 'node:zlib'
import { createReadStream, createWriteStream, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { defineConfig, type HtmlTagDescriptor, type Plugin } from 'vite'

const PACKED_FROM_BYTES = 1024

/** Writes each asset gzipped beside itself: the server need not pack megabytes per request. */
function packed(): Plugin {
  let folder = ''
  return {
    name: 'packed',
    apply: 'build',
    configResolved({ root, build }) {
      folder = resolve(root, build.outDir)
    },
    async closeBundle() {
      const assets = join(folder, 'assets')
      for (const name of readdirSync(assets)) {
        const path = join(assets, name)
        if (!/\.(js|css|svg|ttf)$/.test(name) || statSync(path).size < PACKED_FROM_BYTES) continue
        await pipeline(createReadStream(path), createGzip({ level: 9 }), createWriteStream(`${path}.gz`))
      }
    },
  }
}

/** The first page waits for its texts, but the browser need not wait to fetch what comes after them. */
function fetchedAhead(): Plugin {
  return {
    name: 'fetched-ahead',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle = {} }) {
        const chunks = Object.values(bundle).filter((part) => part.type === 'chunk')
        const met = new Set<string>()
        // What a part leans on comes before it, as the order of styles counts.
        const needed: typeof chunks = []
        const need = (chunk: (typeof chunks)[number] | undefined) => {
          if (!chunk || met.has(chunk.fileName)) return
          met.add(chunk.fileName)
          for (const name of chunk.imports) need(chunks.find(({ fileName }) => fileName === name))
          needed.push(chunk)
        }
        need(chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith('/src/app.tsx')))
        const link = (rel: string, name: string): HtmlTagDescriptor => ({ tag: 'link', attrs: { rel, crossorigin: true, href: `./${name}` }, injectTo: 'head' })
        const styles = new Set(needed.flatMap(({ viteMetadata }) => [...(viteMetadata?.importedCss ?? [])]))
        return [
          ...needed.map(({ fileName }) => link('modulepreload', fileName)),
          ...[...styles].map((name) => link('stylesheet', name)),
        ].filter(({ attrs }) => !html.includes(String(attrs?.href)))
      },
    },
  }
}

const outDir = resolve(import.meta.dirname, '../src/tiercel/web/static')

export default defineConfig(({ command }) => ({
  // The server knows below which path it is: in what is built, parts name each other as beside themselves.
  base: command === 'build' ? './' : '/ui/',
  plugins: [react(), fetchedAhead(), packed()],
  build: {
    outDir,
    emptyOutDir: true,
    chunkSizeWarningLimit: 4000,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What every page needs comes in two files, not in thirty; editor, charts and pictures come when asked for.
          groups: [
            // What is there before all texts: it must not draw in what holds some.
            { name: 'language', priority: 1, test: /src\/language\/(index|catalogs|chosen)\.ts|vite\/preload-helper/ },
            { name: 'vendor', test: /node_modules\/(@mantine\/(?!core\/esm\/components\/(Autocomplete|Menu|TagsInput|FileInput|FileButton|NumberInput|Radio|SegmentedControl|FloatingIndicator|Progress|Textarea|Drawer)\/)|@tanstack\/(?!react-virtual|virtual-core)|@floating-ui|@tabler|react|react-dom|scheduler|clsx|use-|react-(?!number-format|textarea-autosize))/ },
            { name: 'common', test: /src\/(api\/(?!logPages)|parts\/(?!RenderedMarkdown|markdown|cron\.)|layout|search|settings\/(preferences|zones)|useAddress|executions\/(FilterBar|filters|ExecutionsTable|ExecutionsList|BulkBar|LogLine(?!s)|logText|tree|later)|topology\/fetched)/ },
          ],
        },
      },
    },
  },
  worker: { format: 'es' },
  server: { proxy: { '/api': 'http://127.0.0.1:8080', '/openapi.json': 'http://127.0.0.1:8080' } },
}))
