import { type ReactNode, useId, useState } from 'react';
import { useTexts } from '../shared/text.ts';

export interface DroppedFile {
  readonly name: string;
  readonly text: string;
}

/** Larger files are not contexts; reading them would only take time. */
const MAX_BYTES = 2_000_000;

/** Files by a dialog or by drag and drop. */
export function FileDrop({ onFiles }: { readonly onFiles: (files: readonly DroppedFile[]) => void }): ReactNode {
  const { text } = useTexts();
  const id = useId();
  const [isOver, setOver] = useState(false);
  const take = async (list: FileList | null) => {
    const files = [...(list ?? [])];
    onFiles(
      await Promise.all(
        files.map(async (file) => ({ name: file.name, text: file.size > MAX_BYTES ? '' : await file.text() })),
      ),
    );
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is the short way; the button inside is the accessible one
    <div
      className={isOver ? 'drop over' : 'drop'}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        void take(event.dataTransfer.files);
      }}
    >
      <label htmlFor={id}>
        {text('file.choose')} <span className="quiet">{text('file.drop')}</span>
      </label>
      <input
        id={id}
        type="file"
        multiple
        onChange={(event) => {
          void take(event.target.files);
          event.target.value = '';
        }}
      />
    </div>
  );
}
