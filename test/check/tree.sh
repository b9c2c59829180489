#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# What holds of every file: a licence line, a length, scripts that shellcheck accepts.
set -u
cd "$(dirname "$0")/../.." || exit 1
failed=0
complain() { echo "$*"; failed=1; }

while read -r file; do
	head -n 3 "$file" | grep -q 'SPDX-License-Identifier: BSD-3-Clause' || complain "no SPDX line: $file"
	[ "$(wc -l <"$file")" -lt 1000 ] || complain "1,000 lines or more: $file"
done < <(git ls-files '*.c' '*.h' '*.py' '*.sh' '*meson.build' meson_options.txt '*.map' '*.ini' '*.rst' '*.md' '*.css' \
	'*Doxyfile' .ci/run .clang-format .editorconfig .gitignore)

while read -r file; do
	[ -x "$file" ] || complain "not executable: $file"
done < <(git grep -l '^#!' -- '*.sh' '*.py')

mapfile -t scripts < <(git ls-files '*.sh' .ci/run)
shellcheck -x -S warning "${scripts[@]}" || failed=1
exit $failed
