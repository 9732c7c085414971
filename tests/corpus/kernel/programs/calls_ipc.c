/* Messages, semaphores and shared memory, of System V and POSIX. */
#include "calls.h"

static void messages(void)
{
	long *message = at(0x100);
	short *ops = at(0x200);

	call(msgget, 0, 01600);
	call(msgget, 0x1234, 06777);
	call(msgctl, -1, 0, 0);
	call(msgctl, -1, 2, at(0x400));
	call(msgctl, -1, 99, BAD);
	message[0] = 5;
	put(0x108, "note");
	call(msgsnd, -1, message, 4, 04000);
	call(msgsnd, -1, 0, -1, 0);
	call(msgrcv, -1, at(0x180), 8, -5, 014000);
	call(msgrcv, -1, 0, 0, 0, 0);
	call(semget, 0, 2, 01600);
	call(semget, 0x1234, -1, 06777);
	call(semctl, -1, 0, 12, 0);
	call(semctl, -1, 1, 16, 7);
	call(semctl, -1, 0, 0, 0);
	call(semctl, -1, -1, 99, BAD);
	ops[1] = -1;
	call(semop, -1, ops, 1);
	call(semop, -1, 0, 0);
	call(semtimedop, -1, ops, 1, moment(0, 1, 2));
	call(semtimedop, -1, BAD, 2, 0);
	call(shmget, 0, 4096, 01600);
	call(shmget, 0x1234, -1, 0xffff);
	call(shmat, -1, 0, 010000);
	call(shmat, -1, BAD, 070000);
	call(shmdt, 1);
	call(shmctl, -1, 0, 0);
	call(shmctl, -1, 99, BAD);
	call(mq_open, "calls", O_RDWR | O_CREAT, 0600, 0);
	call(mq_open, 0, O_RDONLY, 0, BAD);
	call(mq_timedsend, -1, put(0x180, "text"), 4, 5, moment(0, 1, 2));
	call(mq_timedsend, -1, 0, 0, 0, 0);
	call(mq_timedreceive, -1, at(0x180), 4, at(0x10), moment(0, 1, 2));
	call(mq_timedreceive, -1, 0, 0, 0, 0);
	call(mq_notify, -1, 0);
	call(mq_getsetattr, -1, at(0), 0);
	call(mq_unlink, "calls");
	call(mq_unlink, 0);
}

static void calls(void)
{
	messages();
}
