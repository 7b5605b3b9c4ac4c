import assert from 'node:assert/strict'
import test from 'node:test'
import { readHierarchies } from './hierarchies.ts'

const hybridMounts = `31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:3 - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`

test('hierarchies of both versions are found beside each other, with our own group in each', () => {
  const found = readHierarchies(
    hybridMounts,
    '8:pids:/\n4:memory:/outer/one\n2:cpuacct,cpu:/\n1:name=systemd:/x\n0::/y\n',
  )
  assert.deepEqual(
    found.map(({ version, controllers, own }) => [version, controllers.join(), own]),
    [
      [1, 'memory', '/sys/fs/cgroup/memory/outer/one'],
      [1, 'cpuacct,cpu', '/sys/fs/cgroup/cpu,cpuacct/'],
      [2, '', '/sys/fs/cgroup/unified/y'],
    ],
  )
})

test('a desktop with only the unified hierarchy has one, deep below its mount', () => {
  const path = '/user.slice/user-1000.slice/user@1000.service/app.slice/terminal.scope'
  const [found] = readHierarchies(
    '30 24 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate',
    `0::${path}`,
  )
  assert.deepEqual(found, {
    version: 2,
    controllers: [],
    mount: '/sys/fs/cgroup',
    own: `/sys/fs/cgroup${path}`,
  })
})

test('a container that is shown its own part of a hierarchy finds itself at the mount', () => {
  const mount = '40 39 0:29 /docker/abc /sys/fs/cgroup/memory\\040here ro - cgroup cgroup rw,memory'
  const [found] = readHierarchies(mount, '4:memory:/docker/abc/deep')
  assert.equal(found?.own, '/sys/fs/cgroup/memory here/deep')
})

test('a hierarchy that does not show our own group counts as none', () => {
  const mount = '40 39 0:29 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory'
  assert.deepEqual(readHierarchies(mount, '4:memory:/docker/abcd'), [])
  assert.deepEqual(readHierarchies(mount, '4:memory:/../../init'), [])
  assert.deepEqual(readHierarchies('', '0::/'), [])
  assert.deepEqual(readHierarchies('nonsense - cgroup', 'nonsense'), [])
})
