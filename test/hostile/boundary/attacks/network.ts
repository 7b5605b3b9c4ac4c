/** Ways out that are not the gate: sockets of every family, the host’s loopback, tunnels in names and pings. */
import type { AttackFamily } from '../attack.ts'

const r = String.raw
const visited = (name: string) => (world: { readonly visits: readonly string[] }) =>
  world.visits.includes(name) ? `${name} was reached` : null
const family = (number: number): string =>
  r`harm('socket') if sys(NR_socket, ${number}, 3, 0) >= 0 || sys(NR_socket, ${number}, 1, 0) >= 0 || sys(NR_socket, ${number}, 2, 0) >= 0 || sys(NR_socket, ${number}, 5, 0) >= 0`

/** Attacks on the network. */
export const network: AttackFamily = {
  family: 'network',
  attacks: [
    {
      name: 'connect to the host’s loopback',
      without: ['network namespace'],
      perl: r`
        socket(my $s, PF_INET, SOCK_STREAM, 0);
        connect($s, pack_sockaddr_in($ENV{A_TCP4}, inet_aton('127.0.0.1'))) and harm('connected')`,
      harmOutside: visited('tcp4'),
    },
    {
      name: 'connect to the host’s loopback in version 6',
      without: ['network namespace'],
      perl: r`
        socket(my $s, PF_INET6, SOCK_STREAM, 0);
        connect($s, pack_sockaddr_in6($ENV{A_TCP6}, Socket::inet_pton(AF_INET6, '::1'))) and harm('connected')`,
      harmOutside: visited('tcp6'),
    },
    {
      name: 'connect to the host by a mapped address',
      without: ['network namespace'],
      perl: r`
        socket(my $s, PF_INET6, SOCK_STREAM, 0);
        connect($s, pack_sockaddr_in6($ENV{A_TCP4}, Socket::inet_pton(AF_INET6, '::ffff:127.0.0.1'))) and harm('connected')`,
      harmOutside: visited('tcp4'),
    },
    {
      name: 'connect to the host by address zero',
      without: ['network namespace'],
      perl: r`
        socket(my $s, PF_INET, SOCK_STREAM, 0);
        connect($s, pack_sockaddr_in($ENV{A_TCP4}, inet_aton('0.0.0.0'))) and harm('connected')`,
      harmOutside: visited('tcp4'),
    },
    {
      name: 'send a datagram to the host',
      without: ['network namespace'],
      perl: r`
        socket(my $s, PF_INET, SOCK_DGRAM, 0);
        send($s, 'x', 0, pack_sockaddr_in($ENV{A_UDP4}, inet_aton('127.0.0.1')));
        select(undef, undef, undef, 0.2)`,
      harmOutside: visited('udp4'),
    },
    {
      name: 'tunnel through a name server',
      without: ['network namespace'],
      perl: r`
        socket(my $s, PF_INET, SOCK_DGRAM, 0);
        my $q = pack('nnnnnn', 1, 256, 1, 0, 0, 0) . "\x06secret\x07example\0" . pack('nn', 16, 1);
        send($s, $q, 0, pack_sockaddr_in($ENV{A_UDP4}, inet_aton('127.0.0.1')));
        select(undef, undef, undef, 0.2)`,
      harmOutside: visited('udp4'),
    },
    {
      name: 'see the host’s interfaces',
      without: ['network namespace'],
      perl: r`my @i = grep { !/lo:/ && /:/ } split /\n/, slurp('/proc/net/dev'); harm(@i) if @i`,
    },
    {
      name: 'see the host’s connections',
      without: ['network namespace'],
      perl: r`my $h = sprintf ':%04X', $ENV{A_TCP4}; harm('listener') if slurp('/proc/net/tcp') =~ /$h/`,
    },
    {
      name: 'open a raw socket',
      without: 'plain as root',
      perl: r`harm('raw') if sys(NR_socket, 2, 3, 1) >= 0`,
    },
    { name: 'open a packet socket', without: 'plain as root', perl: family(17) },
    { name: 'reach the machine’s monitor by vsock', without: ['socket families'], perl: family(40) },
    {
      name: 'listen to the kernel’s events',
      notOn: { gvisor: 'the call is answered by the machine’s own kernel, about the machine' },
      without: ['system call filter'],
      perl: r`harm('uevents') if sys(NR_socket, 16, 2, 15) >= 0`,
    },
    {
      name: 'speak to the kernel’s packet filter',
      without: ['system call filter'],
      perl: r`harm('netfilter') if sys(NR_socket, 16, 3, 12) >= 0`,
    },
    {
      name: 'connect to an abstract socket of the host',
      without: ['network namespace'],
      perl: r`
        socket(my $s, PF_UNIX, SOCK_STREAM, 0);
        connect($s, pack_sockaddr_un("\0$ENV{A_ABSTRACT}")) and harm('connected')`,
      harmOutside: visited('abstract'),
    },
    {
      name: 'connect to a socket in the host’s temporary folder',
      without: ['own temporary folder', 'hidden sockets'],
      perl: r`
        socket(my $s, PF_UNIX, SOCK_STREAM, 0);
        connect($s, pack_sockaddr_un($ENV{A_PATH})) and harm('connected')`,
      harmOutside: visited('path'),
    },
    {
      name: 'connect to a socket in a folder that is shown',
      without: ['hidden sockets'],
      boundary: (boundary, world) => ({ ...boundary, views: [], cwd: '/', readable: ['/', world.root] }),
      perl: r`
        socket(my $s, PF_UNIX, SOCK_STREAM, 0);
        connect($s, pack_sockaddr_un($ENV{A_PATH})) and harm('connected')`,
      harmOutside: visited('path'),
    },
    {
      name: 'give orders at the operator’s socket',
      without: ['own temporary folder', 'hidden secrets', 'hidden sockets'],
      perl: r`
        socket(my $s, PF_UNIX, SOCK_STREAM, 0);
        connect($s, pack_sockaddr_un($ENV{A_OPERATOR})) and harm('connected')`,
      harmOutside: visited('operator'),
    },
    {
      name: 'dial the way out of another program',
      without: ['own temporary folder', 'hidden sockets'],
      boundary: (boundary, world) => ({
        ...boundary,
        sockets: { egress: world.places['egress'] ?? '' },
      }),
      perl: r`
        for my $p ($ENV{A_OTHER}, glob('/run/custos/*'), '/run/custos/../other/s', '/run/custos/../../other/s') {
          socket(my $s, PF_UNIX, SOCK_STREAM, 0); connect($s, pack_sockaddr_un($p)) and sysread $s, my $b, 1 }`,
      harmOutside: visited('other'),
    },
    {
      name: 'join the network of another process',
      without: 'plain',
      needs: 'user',
      perl: r`
        for my $p (1, $ENV{A_VICTIM}) { open(my $f, '<', "/proc/$p/ns/net") or next;
        harm('opened') if sys(NR_setns, fileno $f, 0) == 0 || $p != 1 }`,
    },
  ],
}
