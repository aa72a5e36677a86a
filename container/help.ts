/** What the program ends with. */
export const EXIT = {
  done: 0,
  /** The container or an update was refused: a check failed, and nothing was changed by what was refused. */
  refused: 1,
  usage: 2,
  /** The vendor's server said no. */
  serverRefused: 3,
  /** Done, but the manual actions gave way to the vendor's. */
  dropped: 4,
  /** The vendor's server was not reached, or gave no usable answer. */
  unreachable: 5,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const FILE = '  --file PATH       the container file (default: $RELICENSE_CONTAINER, or ./container.json)';

export const HELP = `relicense-container keeps licenses in a container: a file with its own key.

Usage: relicense-container <command> [options]

  init       make a new container, and pin the vendor's keys
  sync       the whole round trip with the vendor's server
  show       what the container holds
  context    the container's signed report, for a machine without network
  apply      bring an update file into the container
  verify     check the container file

relicense-container <command> --help tells more, with examples.

Exit codes: 0 done; 1 refused, a check failed; 2 wrong usage; 3 the server said no;
            4 done, but your own actions were dropped in favour of the vendor's; 5 server not reached.
`;

export const COMMAND_HELP = {
  init: `Makes a new, empty container, and pins the vendor's keys: from then on it obeys updates signed with them, and no others.

Usage: relicense-container init --server URL | --keys JWKS.json [options]

  --server URL      take the keys from URL/.well-known/jwks.json, and remember the server for sync
  --keys PATH       take the keys from a JWK set in a file; with --server, the server is only remembered
${FILE}
  --allow-http      take keys over plain http from another machine, where they could be changed on their way

An existing file is never overwritten.

Examples:
  relicense-container init --server https://licenses.example.com
  relicense-container init --keys jwks.json --file /var/lib/example/container.json
`,
  sync: `Does the whole round trip: sends the context, waits for the update, applies it, sends the receipt.
What the vendor has ordered is carried out with it. After a crash at any point, the next sync puts things right.

Usage: relicense-container sync [options]

  --ticket CODE     the ticket with the licenses to activate, in any spelling
  --activate ID...  activate these licenses of the ticket
  --all             activate all licenses of the ticket that are available
  --deactivate ID...  give these licenses back
  --preview         only ask what would be done
  --server URL      the vendor's server (default: the one given to init)
  --timeout N       seconds to wait for the update (default 120)
  --json            print the result as JSON
${FILE}

Examples:
  relicense-container sync
  relicense-container sync --ticket 3YJ0R-9QKZ7-... --all
  relicense-container sync --ticket 3YJ0R-9QKZ7-... --activate LICENSE1 LICENSE2
  relicense-container sync --deactivate LICENSE1 --preview
`,
  show: `Shows serial, counter, digest and licenses.

Usage: relicense-container show [options]

  --json            print them as JSON
${FILE}

Examples:
  relicense-container show
  relicense-container show --json | jq -r '.licenses[].id'
`,
  context: `Prints the container's signed report of what it holds. Carried to a machine with network, it asks for an update;
made after an update, it is the receipt.

Usage: relicense-container context [options]

  --out PATH        write it to a file
${FILE}

Examples:
  relicense-container context --out context.txt
  relicense-container context | ssh office tee context.txt
`,
  apply: `Brings an update file into the container: {"updates": [...]}. Each update is applied as a whole or not at all.
Updates that were applied before are skipped; an update that is missing in between is an error.

Usage: relicense-container apply UPDATE-FILE|- [options]

  -                 read the update file from standard input
  --receipt PATH    write the receipt, to be carried back to the vendor
  --json            print the result as JSON
${FILE}

Examples:
  relicense-container apply update.json --receipt receipt.txt
  cat update.json | relicense-container apply -
`,
  verify: `Checks the container file: its form and checksum, its key, its content, the pinned keys, who can read it.
Ends with 1 if anything is wrong.

Usage: relicense-container verify [options]

  --json            print the result as JSON
${FILE}

Examples:
  relicense-container verify
  relicense-container verify --file /backup/container.json
`,
} as const;
export type Command = keyof typeof COMMAND_HELP;
