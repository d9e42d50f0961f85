import { Textarea } from '@mantine/core';
import { FileDrop } from './file-drop.js';

interface FileOrTextProps {
  /** On the button that chooses a file, and below it. */
  readonly choose: string;
  readonly hint: string;
  /** Of the field for those who paste. */
  readonly label: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly onFile: (text: string) => void;
}

/** Something that somebody has as a file or as text. */
export function FileOrText({ choose, hint, label, value, onChange, onFile }: FileOrTextProps) {
  return (
    <>
      <FileDrop label={choose} hint={hint} onFiles={([file]) => void file.text().then(onFile)} />
      <Textarea
        w="100%"
        label={label}
        autosize
        minRows={3}
        maxRows={8}
        spellCheck={false}
        classNames={{ input: 'mono' }}
        value={value}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
      />
    </>
  );
}
