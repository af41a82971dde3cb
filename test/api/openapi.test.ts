import assert from 'node:assert/strict'
import { nodeRoutes } from '../../src/api/node-routes.ts'
import { testnetRoutes } from '../../src/api/testnet-routes.ts'
import { Bench } from './support.ts'

interface Operation {
  operationId: string
  summary: string
  parameters?: { name: string; in: string; required: boolean; schema: Record<string, unknown> }[]
  requestBody?: { content: Record<string, { schema: unknown }> }
  responses: Record<string, { description: string; content: Record<string, { schema: unknown }> }>
}
interface Document {
  openapi: string
  info: { title: string; version: string }
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, unknown> }
}

describe('the OpenAPI document', () => {
  const bench = new Bench()
  after(() => bench.end())

  const apis = [
    { name: 'node', routes: nodeRoutes as readonly { method: string; path: string }[], start: () => bench.node() },
    {
      name: 'testnet',
      routes: testnetRoutes as readonly { method: string; path: string }[],
      start: () => bench.testnet()
    }
  ]
  for (const { name, routes, start } of apis) {
    describe(`of a ${name}`, () => {
      let document: Document
      before(async () => {
        const { api } = await start()
        const response = await fetch(`${api.url}/openapi.json`)
        assert.match(response.headers.get('content-type') ?? '', /^application\/json/)
        document = (await response.json()) as Document
      })

      it('describes every route once, and nothing else', () => {
        const described = Object.entries(document.paths).flatMap(([path, operations]) =>
          Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`)
        )
        const declared = routes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`)
        assert.deepEqual(described.sort(), declared.sort())
      })

      it('has a schema for every answer and a name of its own for every operation', () => {
        const operations = Object.values(document.paths).flatMap((each) => Object.values(each))
        for (const { operationId, responses, summary } of operations) {
          assert.ok(summary.length > 0, operationId)
          assert.ok(
            Object.keys(responses).some((status) => status.startsWith('2')),
            operationId
          )
          for (const [status, { content, description }] of Object.entries(responses)) {
            assert.ok(description.length > 0, `${operationId} ${status}`)
            for (const { schema } of Object.values(content)) {
              assert.ok(Object.keys(schema as object).length > 0, `${operationId} ${status}`)
            }
          }
        }
        assert.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length)
      })

      it('refers only to what it defines, and defines only what it refers to', () => {
        const text = JSON.stringify(document)
        const referred = new Set(
          [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1])
        )
        assert.deepEqual([...referred].sort(), Object.keys(document.components.schemas).sort())
        assert.doesNotMatch(text, /\$defs|"\$schema"/)
      })

      it('declares each parameter of a path, required', () => {
        for (const [path, operations] of Object.entries(document.paths)) {
          const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
          for (const { parameters = [] } of Object.values(operations)) {
            const inPath = parameters.filter((each) => each.in === 'path')
            assert.deepEqual(
              inPath.map((each) => each.name),
              names,
              path
            )
            assert.ok(
              inPath.every(({ required }) => required),
              path
            )
          }
        }
      })
    })
  }

  it('says what a list takes: an optional whole number with its bounds and default', async () => {
    const { api } = await bench.node()
    const document = (await (await fetch(`${api.url}/openapi.json`)).json()) as Document
    const limit = document.paths['/v1/blocks']?.get?.parameters?.find(({ name }) => name === 'limit')
    assert.equal(limit?.required, false)
    assert.deepEqual(limit?.schema, { default: 50, type: 'integer', minimum: 1, maximum: 1000 })
    assert.equal(document.openapi, '3.1.1')
    assert.equal(document.info.version, '0.1.0')
  })
})
