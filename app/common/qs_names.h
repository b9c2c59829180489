/* SPDX-License-Identifier: BSD-3-Clause */
/** @file The former names of qs_name_index.h, which lib/qsock/core uses for something else. */
#ifndef QS_NAMES_FORMER_H
#define QS_NAMES_FORMER_H

#include "qs_name_index.h"

#define qs_names qs_name_index
#define qs_names_create qs_name_index_create
#define qs_names_free qs_name_index_free
#define qs_names_find qs_name_index_find
#define qs_names_add qs_name_index_add

#endif
