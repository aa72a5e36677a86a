interface Output {
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
}

/** Ends the process without a message when the reader of its output, such as `head`, closes the pipe. */
export function endOnClosedPipe(outputs: readonly Output[], end: () => void): void {
  for (const output of outputs) {
    output.on('error', (error) => {
      if (error.code !== 'EPIPE') throw error;
      end();
    });
  }
}
