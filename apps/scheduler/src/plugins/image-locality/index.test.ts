import { expect, test } from 'vitest'
import { testNode, testPod } from '../../fake-server.ts'
import { testCluster } from '../../test-cluster.ts'
import { imageLocality } from './index.ts'

const MB = 1024 * 1024
const node = (name: string, images: Record<string, number>) => ({
  ...testNode(name),
  status: { images: Object.entries(images).map(([image, sizeBytes]) => ({ names: [image], sizeBytes })) },
})
const running = (...images: string[]) =>
  testPod('p', { spec: { containers: images.map((image, i) => ({ name: `c${i}`, image })) } })

test('a node with the image scores by its size and by how many nodes have it', () => {
  const cluster = testCluster([node('has', { 'web:latest': 500 * MB }), node('has-not', {})])
  // 500 MB × ½, from 23 to 1000 MB
  expect(cluster.score(imageLocality, running('web'))).toEqual({ has: 23, 'has-not': 0 })
})

test('images below the threshold, and images that nobody has, do not count', () => {
  const cluster = testCluster([node('has', { 'web:1': 20 * MB }), node('has-not', {})])
  expect(cluster.score(imageLocality, running('web:1'))).toEqual({ has: 0, 'has-not': 0 })
  expect(cluster.score(imageLocality, running('other'))).toEqual({})
})
