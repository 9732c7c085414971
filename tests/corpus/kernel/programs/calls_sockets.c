/* Sockets: addresses of each family, options, messages, and errors. */
#include "calls.h"

struct in { unsigned short family, port; unsigned addr; char zero[8]; };
struct in6 { unsigned short family, port; unsigned flow; unsigned char addr[16]; unsigned scope; };
struct un { unsigned short family; char path[108]; };
struct vec { void *base; unsigned long len; };
struct message {
	void *name; unsigned namelen; struct vec *vec; unsigned long count;
	void *control; unsigned long controllen; int flags;
};

static struct in *address(unsigned long offset, int port, unsigned addr)
{
	struct in *in = at(offset);

	in->family = 2;
	in->port = (port >> 8) | (port & 255) << 8;
	in->addr = addr;
	return in;
}

static struct un *path(unsigned long offset, const char *text)
{
	struct un *un = at(offset);

	un->family = 1;
	put(offset + 2, text);
	return un;
}

static void making(void)
{
	int *two = at(0);

	call(socket, 2, 1, 0);
	call(socket, 2, 2 | 04000 | 02000000, 17);
	call(socket, 10, 1, 6);
	call(socket, 1, 5, 0);
	call(socket, 16, 3, 0);
	call(socket, 16, 3, 15);
	call(socket, 17, 3, 0x300);
	call(socket, 2, 3, 1);
	call(socket, 2, 3, 255);
	call(socket, 99, 77, 55);
	call(socket, -1, -1, -1);
	call(socketpair, 1, 1, 0, two);
	call(socketpair, 1, 2 | 04000, 0, 0);
	call(socketpair, 2, 1, 6, two);
}

static void addresses(void)
{
	struct in6 *in6 = at(0x200);
	long fd = call(socket, 2, 1, 0), local = call(socket, 1, 1, 0), third = call(socket, 10, 1, 0);
	int *len = at(0x300);

	call(bind, fd, address(0x100, 8080, 0x0100007f), 16);
	call(bind, fd, address(0x100, 65535, 0xffffffff), 16);
	call(bind, -1, address(0x100, 0, 0), 16);
	call(bind, fd, 0, 0);
	call(bind, fd, BAD, 16);
	call(bind, fd, address(0x100, 80, 0x01020304), 3);
	call(bind, local, path(0x400, "/tmp/s-local"), 110);
	call(bind, local, path(0x500, "/tmp/s-local"), 15);
	in6->family = 10;
	in6->port = 0x3412;
	in6->addr[15] = 1;
	call(bind, third, in6, 28);
	in6->addr[0] = 0xfe;
	in6->addr[1] = 0x80;
	call(connect, third, in6, 28);
	call(listen, fd, 5);
	call(listen, -1, -1);
	call(connect, fd, address(0x100, 1, 0x0100007f), 16);
	call(connect, -1, path(0x400, "/tmp/none"), 11);
	call(connect, fd, 0, 5);
	*(unsigned short *)at(0x700) = 16;
	call(connect, -1, at(0x700), 12);
	*(unsigned short *)at(0x700) = 17;
	call(connect, -1, at(0x700), 20);
	*(unsigned short *)at(0x700) = 99;
	call(connect, -1, at(0x700), 20);
	*len = 16;
	call(accept4, -1, at(0x100), len, 04000);
	call(accept4, -1, 0, 0, 02004000);
	call(accept4, -1, 0, 0, 1);
	call(getsockname, fd, at(0x100), len);
	call(getsockname, -1, 0, 0);
	call(getpeername, fd, at(0x100), len);
	call(getpeername, local, at(0x100), 0);
	call(shutdown, fd, 0);
	call(shutdown, fd, 1);
	call(shutdown, -1, 2);
	call(shutdown, fd, 9);
}

static void options(void)
{
	static const int levels[] = { 0, 1, 6, 17, 41, 255, 263, 270, 99, -1 };
	long fd = call(socket, 2, 1, 0);
	int *len = at(0x300), *value = at(0x310);

	*len = 4;
	*value = 1;
	call(setsockopt, fd, 1, 2, value, 4);
	call(setsockopt, fd, 1, 9, value, 4);
	call(setsockopt, fd, 1, 7, value, 2);
	call(setsockopt, -1, 1, 13, put(0x320, "abcdefgh"), 8);
	call(setsockopt, fd, 1, 26, BAD, -1);
	call(getsockopt, fd, 1, 3, value, len);
	call(getsockopt, fd, 1, 4, value, len);
	for (int i = 0; i < 10; i++) {
		call(getsockopt, -1, levels[i], 200 + i, value, len);
		call(setsockopt, -1, levels[i], 100 + i, value, 4);
	}
	for (int i = 0; i < 80; i++) {
		if (i == 20 || i == 21) /* times as longs, which SystemTap has no names for */
			continue;
		call(getsockopt, -1, 1, i, value, len);
	}
}

static void messages(void)
{
	struct vec *vec = at(0x1000);
	struct message *message = at(0x1100);
	int *two = at(0);
	long *wait = at(0x1300);

	call(socketpair, 1, 2, 0, two);
	vec->base = put(0x1200, "text");
	vec->len = 4;
	message->vec = vec;
	message->count = 1;
	call(sendto, two[0], "hello\n\0x", 7, 0, 0, 0);
	call(sendto, two[0], "\0001\0a\001b\0379\2", 9, 0, 0, 0);
	call(sendto, two[0], many(0x2000, 'z', 100), 100, 0x4040, 0, 0);
	call(sendto, -1, "hello", 5, 1, address(0x100, 53, 0x08080808), 16);
	call(sendto, -1, "hello", 3, 0x1fffffff, path(0x400, "/tmp/s-other"), 14);
	call(sendto, -1, 0, 0, 0x7fffffff, BAD, 16);
	call(recvfrom, two[1], at(0x3000), 100, 0x40, 0, 0);
	call(recvfrom, two[1], at(0x3000), 100, 2, at(0x100), at(0x300));
	call(recvfrom, -1, BAD, -1, 0x40000140, 0, 0);
	call(recvfrom, -1, 0, 0, 0x7fffffff, 0, 0);
	call(sendmsg, two[0], message, 0);
	call(sendmsg, -1, message, 0x4000);
	call(sendmsg, -1, 0, 0x8000);
	message->name = address(0x100, 99, 0x0100007f);
	message->namelen = 16;
	call(sendmsg, -1, message, 0x20);
	call(recvmsg, two[1], message, 0x40);
	call(recvmsg, -1, BAD, 0x100);
	call(sendmmsg, two[0], message, 1, 0);
	call(sendmmsg, -1, 0, -1, 0x40);
	wait[0] = 1;
	wait[1] = 5;
	call(recvmmsg, two[1], message, 1, 0x10040, wait);
	call(recvmmsg, -1, 0, 0, 0, 0);
}

static void calls(void)
{
	making();
	addresses();
	options();
	messages();
}
