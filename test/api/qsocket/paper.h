/* SPDX-License-Identifier: BSD-3-Clause */
/* The programs of sections 3.1.1 to 3.2 of the paper, as they stand there, with declarations around them. C and C++. */
#ifndef PAPER_H
#define PAPER_H

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "qsocket.h"

/* 3.1.1 Initialization */
static inline int paper_init(void)
{
	struct qos_params params;
	int err = 0;

	strncpy(params.dev, "eth0", IFNAMSIZ);
	strncpy(params.name, "dwcs", IFNAMSIZ);

	params.attributes = NULL;

	err = qsockinit(&params);
	return err;
}

/* 3.1.2 Socket creation */
static inline int paper_socket(int domain, int type, int protocol)
{
	struct qos_params params;
	struct q_dwcs_attr attrs;
	int fd;

	/*set device name*/
	strncpy(params.dev, "eth0", IFNAMSIZ);

	/*set scheduler name */
	strncpy(params.name, "dwcs", IFNAMSIZ);

	/*set scheduling attributes*/
	attrs.oln = 0;
	attrs.old = 10;
	attrs.ipg = 10;
	attrs.stream_flags = DWCS_NON_DROPPABLE;

	params.attributes = &attrs;

	/*create scheduled socket*/
	fd=qsocket(domain,type,protocol,&params);
	return fd;
}

/* 3.1.3 Passing message specific parameters. In print a semicolon is missing after `deadline`: it is put before `if`. */
#define if ; if
static inline void paper_send(int sockfd, struct sockaddr_in name, socklen_t size, unsigned long deadline)
{
	char next_frame[1000] = "";

	struct packet_flags pflags;
	/*mark the packet as non-droppable*/
	pflags.drop_flag = DWCS_NON_DROPPABLE;
	/*attach a packet deadline to this message*/
	pflags.deadline = deadline

	/*call qsendto and send the
	packet information down to the scheduler*/
	if(qsendto(sockfd, &next_frame,
	sizeof(next_frame), 0,
	(struct sockaddr*)&name,
	size, &pflags)< 0)
	perror("qsendto");
}
#undef if

/* 3.2 Adding to an existing application */
static inline void paper_attach(int fd)
{
	struct qos_params params;
	struct q_dwcs_attr attrs;
	/*fd is the socket descriptor*/

	/*set device name*/
	strncpy(params.dev, "eth0", IFNAMSIZ);
	/*set scheduler name */
	strncpy(params.name, "dwcs", IFNAMSIZ);

	/*set scheduling attributes*/
	attrs.oln = 0;
	attrs.old = 10;
	attrs.ipg = 10;
	attrs.stream_flags = DWCS_NON_DROPPABLE;

	params.attributes = &attrs;

	/*create scheduled socket*/
	qattach(fd, &params);
}

#endif
