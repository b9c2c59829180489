/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A line split into words as a shell does: blanks, '...', "...", and backslashes.
 */
#ifndef QS_WORDS_H
#define QS_WORDS_H

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Split a line. Nothing is expanded. [any]
 *
 * @param words gets the words, in one block with their text: free(*words) frees all
 * @return how many; -EINVAL a quote is not closed, or the line ends in a backslash; -ENOMEM
 */
int qs_words_split(const char *line, char ***words);

#ifdef __cplusplus
}
#endif
#endif
