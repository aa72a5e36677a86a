#!/bin/sh
# Runs a program of this project with the packages of package-lock.json, installing them first where they are missing.
#
# The check runs on the machine's own Node, because the project's is one of those packages. `exec` leaves no shell behind:
# npm's signals reach the program itself.
"${npm_node_execpath:-node}" scripts/ensure-installed.mjs || exit
# What Node compiles is kept beside the packages, for the next start and for the processes that a test starts.
export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-$PWD/node_modules/.cache/node}"
exec "$@"
