/** The test plugin as a process: `node kms-plugin-main.ts SOCKET [KEY_ID]`. A line on its standard input names the next key. */
import { createInterface } from 'node:readline'
import { startTestKmsPlugin } from './kms-plugin.ts'

const [socket, keyId] = process.argv.slice(2)
if (socket === undefined) throw new Error('usage: kms-plugin-main.ts SOCKET [KEY_ID]')
const plugin = await startTestKmsPlugin(socket, keyId)
process.stdout.write('ready\n')
const end = async () => {
  await plugin[Symbol.asyncDispose]()
  process.exit(0)
}
process.once('SIGTERM', end)
process.once('SIGINT', end)
for await (const line of createInterface({ input: process.stdin })) {
  plugin.keyId = line
  process.stdout.write(`${line}\n`)
}
