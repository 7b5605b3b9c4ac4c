/** What programs find by a number or a name and not by a path: queues of messages, semaphores, memory. */
import type { AttackFamily } from '../attack.ts'

const r = String.raw

/** Attacks on queues, semaphores and memory. */
export const queuesAndMemory: AttackFamily = {
  family: 'queues and memory',
  attacks: [
    {
      name: 'read a message from a queue of the host that has a name',
      without: ['ipc namespace'],
      perl: r`
        my $n = $ENV{A_ABSTRACT}; my $q = sys(NR_mq_open, $n, 04000, 0, 0); exit if $q < 0;
        my $b = "\0" x 8192; my $t = pack('qq', 0, 0); sys(NR_mq_timedreceive, $q, $b, 8192, 0, $t);
        canary($b); harm('opened')`,
    },
    {
      name: 'read a message from a queue of the host that has a number',
      without: ['ipc namespace'],
      perl: r`
        my $q = sys(NR_msgget, $ENV{A_SHMKEY}, 0); exit if $q < 0;
        my $b = "\0" x 64; sys(NR_msgrcv, $q, $b, 56, 0, 04000); canary($b); harm('opened')`,
    },
    {
      name: 'hold up others by a semaphore of the host',
      without: ['ipc namespace'],
      perl: r`harm('semaphore') if sys(NR_semget, $ENV{A_SHMKEY}, 1, 0) >= 0`,
    },
    {
      name: 'attach to all memory of the host by guessing its number',
      without: ['ipc namespace'],
      perl: r`
        my @ids = map { /^\s*-?\d+\s+(\d+)/ ? $1 : () } split /\n/, slurp('/proc/sysvipc/shm');
        for my $id (@ids, 0 .. 200) { my $at = sys(NR_shmat, $id, 0, 010000);
          harm("memory $id") if $at != -1 && $! != 22 }`,
    },
  ],
}
