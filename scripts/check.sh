#!/bin/sh
# The static checks. All of them run, so that one run shows everything there is to mend.
status=0
tsc --noEmit || status=1
tsc --noEmit -p web || status=1
biome check || status=1
depcruise --config .dependency-cruiser.ts . || status=1
exit $status
