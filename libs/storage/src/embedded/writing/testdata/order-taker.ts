// Answers each order with the checksum of its bytes.
import { parentPort, workerData } from 'node:worker_threads'
import { crc32 } from 'node:zlib'
import { type Message, OrdersTaken, type Shared } from '../hand-over.ts'

const port = parentPort
if (port === null) throw new Error('this is a thread')
const { shared, patience } = workerData as { shared: Shared; patience: number | undefined }
const orders = new OrdersTaken(shared, port, patience)

function serve(): void {
  for (let order = orders.next(); order !== undefined; order = orders.next()) {
    if (order === 'close') {
      port?.close()
      return
    }
    port?.postMessage(crc32(new Uint8Array(order.memory, 0, order.length)))
  }
}

port.on('message', (message: Message) => {
  orders.heard(message)
  serve()
})
