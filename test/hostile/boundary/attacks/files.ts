/** Reading and writing what is not the program's: files of the host, of the person, of Custos itself. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AttackFamily } from '../attack.ts'

const r = String.raw

/** Attacks on files. */
export const files: AttackFamily = {
  family: 'files',
  attacks: [
    {
      name: 'read a file of the host’s temporary folder',
      without: ['own temporary folder'],
      perl: r`canary(slurp("$ENV{A_ROOT}/outside.txt"))`,
    },
    {
      name: 'list the host’s temporary folder',
      without: ['own temporary folder'],
      perl: r`opendir(D, $ENV{A_ROOT}) or exit; my @n = readdir D; harm(@n) if grep { /outside/ } @n`,
    },
    {
      name: 'read a private key of the person',
      without: ['own temporary folder', 'hidden secrets', 'no home of the starter'],
      boundary: (boundary) => ({
        ...boundary,
        environment: { ...boundary.environment, HOME: '/tmp/elsewhere' },
      }),
      perl: r`canary(slurp("$ENV{A_PERSON}/.ssh/id_ed25519"))`,
    },
    {
      name: 'read a private key in a home that is shown',
      without: ['hidden secrets'],
      boundary: (boundary, world) => ({ ...boundary, readable: ['/', world.person] }),
      perl: r`canary(slurp("$ENV{A_PERSON}/.ssh/id_ed25519"))`,
    },
    {
      name: 'read cloud credentials in a home that is shown',
      without: ['hidden secrets'],
      boundary: (boundary, world) => ({ ...boundary, readable: ['/', world.person] }),
      perl: r`canary(slurp("$ENV{A_PERSON}/.aws/credentials"))`,
    },
    {
      name: 'read a private key through a link in the folder',
      without: ['hidden secrets'],
      boundary: (boundary, world) => ({ ...boundary, readable: ['/', world.person] }),
      perl: r`symlink("$ENV{A_PERSON}/.ssh", 'innocent'); canary(slurp('innocent/id_ed25519'))`,
    },
    {
      name: 'read the ledger',
      without: ['own temporary folder', 'hidden secrets'],
      perl: r`canary(slurp("$ENV{A_STATE}/domains/main/ledger/00000001.seg"))`,
    },
    {
      name: 'read an operator’s key',
      without: ['own temporary folder', 'hidden secrets'],
      perl: r`canary(slurp("$ENV{A_STATE}/keys/ada.key"))`,
    },
    {
      name: 'read outside through a symbolic link',
      without: ['own temporary folder'],
      perl: r`symlink("$ENV{A_ROOT}/outside.txt", 'innocent'); canary(slurp('innocent'))`,
    },
    {
      name: 'read outside through a link chain with dots',
      without: ['own temporary folder'],
      perl: r`mkdir 'a'; symlink('../..', 'a/up'); canary(slurp("a/up/outside.txt"))`,
    },
    {
      name: 'read the host through the root of process 1',
      without: 'plain',
      needs: 'user',
      perl: r`
        for my $p (1, $ENV{A_SELF}, $ENV{A_VICTIM}) {
        canary(slurp("/proc/$p/root$ENV{A_ROOT}/outside.txt")) }`,
    },
    {
      name: 'read outside through the folder of another process',
      without: 'plain',
      needs: 'user',
      perl: r`
        for my $p ($ENV{A_SELF}, $ENV{A_VICTIM}) {
        canary(slurp("/proc/$p/cwd$ENV{A_ROOT}/outside.txt"));
        canary(slurp("/proc/$p/root$ENV{A_ROOT}/outside.txt")) }`,
    },
    {
      name: 'write beside the folder',
      without: ['own temporary folder'],
      perl: r`put("$ENV{A_ROOT}/planted")`,
      harmOutside: ({ root }) => (existsSync(join(root, 'planted')) ? 'a file was planted' : null),
    },
    {
      name: 'write a program into the person’s home',
      without: ['own temporary folder', 'no home of the starter'],
      boundary: (boundary) => ({
        ...boundary,
        environment: { ...boundary.environment, HOME: '/tmp/elsewhere' },
      }),
      perl: r`put("$ENV{A_PERSON}/.profile")`,
      harmOutside: ({ person }) => (existsSync(join(person, '.profile')) ? 'a profile was planted' : null),
    },
    {
      name: 'write into a folder that is only readable',
      without: ['read-only host'],
      boundary: (boundary, world) => ({ ...boundary, readable: ['/', world.person] }),
      perl: r`put("$ENV{A_PERSON}/notes.txt", 'attack')`,
      harmOutside: ({ person }) =>
        readFileSync(join(person, 'notes.txt'), 'utf8').includes('attack') ? 'it was written' : null,
    },
    {
      name: 'change the folder itself',
      notOn: { landlock: 'there are no views; what is written in place is written' },
      without: ['copy-on-write view'],
      perl: r`put('kept.txt', 'attack')`,
      harmOutside: (world) => world.whyFolderChanged(),
    },
    {
      name: 'delete from the folder itself',
      notOn: { landlock: 'there are no views; what is written in place is written' },
      without: ['copy-on-write view'],
      perl: r`unlink 'kept.txt'`,
      harmOutside: (world) => world.whyFolderChanged(),
    },
    {
      name: 'truncate in the folder itself',
      notOn: { landlock: 'there are no views; what is written in place is written' },
      without: ['copy-on-write view'],
      perl: r`truncate('kept.txt', 0)`,
      harmOutside: (world) => world.whyFolderChanged(),
    },
    {
      name: 'append through the program’s own descriptor path',
      notOn: { landlock: 'there are no views; what is written in place is written' },
      without: ['copy-on-write view'],
      perl: r`
        open(F, '<', 'kept.txt'); if (open(G, '>>', '/proc/self/fd/' . fileno F)) {
        print G 'attack'; close G }`,
      harmOutside: (world) => world.whyFolderChanged(),
    },
    {
      name: 'change the mode of the folder’s files',
      notOn: { landlock: 'there are no views; what is written in place is written' },
      without: ['copy-on-write view'],
      perl: r`chmod 0600, 'kept.txt'; rename 'kept.txt', 'renamed'`,
      harmOutside: (world) => world.whyFolderChanged(),
    },
    {
      name: 'race a rename against a write to the folder',
      notOn: { landlock: 'there are no views; what is written in place is written' },
      without: ['copy-on-write view'],
      perl: r`
        for my $n (1 .. 200) { if (!($n % 2)) { rename 'kept.txt', 'x';
        rename 'x', 'kept.txt' } put('kept.txt', "attack $n") }`,
      harmOutside: (world) => world.whyFolderChanged(),
    },
    {
      name: 'race a symbolic link against a write',
      without: ['own temporary folder'],
      perl: r`
        for my $n (1 .. 200) { unlink 'r'; symlink("$ENV{A_ROOT}/raced", 'r'); put('r'); unlink 'r';
        put('r') }`,
      harmOutside: ({ root }) => (existsSync(join(root, 'raced')) ? 'it was written through a link' : null),
    },
    {
      name: 'make a set-user-id file in a folder that is written in place',
      without: ['set-id refused'],
      boundary: (boundary, world) => ({ ...boundary, writable: [world.shared] }),
      perl: r`
        put("$ENV{A_SHARED}/tool"); chmod 04755, "$ENV{A_SHARED}/tool";
        harm('it is set') if -u "$ENV{A_SHARED}/tool"`,
    },
    {
      name: 'read from the host’s shared memory',
      without: ['harmless devices'],
      perl: r`my @f = glob('/dev/shm/custos-attack-*'); harm(@f) if @f`,
    },
    {
      // One of them gVisor has itself.
      name: 'see the host’s devices',
      boundary: (boundary) => ({
        ...boundary,
        environment: {
          ...boundary.environment,
          A_EMULATED: boundary.environment['A_RUNG'] === 'gvisor' ? '/dev/fuse' : '',
        },
      }),
      without: ['harmless devices'],
      perl: r`
        my @d = grep { -b $_ || -c $_ and $_ ne $ENV{A_EMULATED} } glob('/dev/{vda,sda,nvme0n1,kmsg,mem,kvm,fuse,loop-control,rtc0}');
        for my $d (@d) { harm($d) if open(F, '<', $d) || open(F, '+<', $d) }
        harm('seen') if $ENV{A_RUNG} ne 'landlock' && -e '/dev/loop-control'`,
    },
    {
      name: 'learn a file’s handle, to open it from anywhere',
      without: ['name_to_handle_at refused'],
      perl: r`
        my $b = pack('Ii', 128, 0) . ("\0" x 128); my $m = pack('i', 0);
        harm('handle') if sys(NR_name_to_handle_at, -100, '/etc/hostname', $b, $m, 0) == 0`,
    },
    {
      name: 'watch the whole file system',
      without: ['fanotify refused'],
      needs: 'user',
      perl: r`harm('fanotify') if sys(NR_fanotify_init, 0x200, 0) >= 0`,
    },
    {
      name: 'detach a copy of the mounts',
      without: ['open_tree refused', 'namespaces refused'],
      perl: r`
        sys(NR_unshare, 0x10020000);
        harm('open_tree') if sys(NR_open_tree, -100, '/dev/shm', 1) >= 0`,
    },
  ],
}
