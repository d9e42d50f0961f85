import { ActionIcon, CopyButton } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import classes from './digest.module.css';

interface DigestProps {
  readonly value: string;
  /** Says what it is the digest of, for the button that copies it. */
  readonly of: string;
  /** Characters that are shown; all by default. */
  readonly shown?: number;
}

/** A digest, a pseudonym or a key, to be compared and copied. */
export function Digest({ value, of, shown = value.length }: DigestProps) {
  const { t } = useTranslation();
  return (
    <span className={classes.digest}>
      <code title={value}>{shown < value.length ? `${value.slice(0, shown)}…` : value}</code>
      <CopyButton value={value}>
        {({ copied, copy }) => (
          <ActionIcon
            size="sm"
            variant="subtle"
            color="gray"
            onClick={copy}
            aria-label={t(copied ? 'common.copiedWhat' : 'common.copyWhat', { what: of })}
          >
            {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
          </ActionIcon>
        )}
      </CopyButton>
    </span>
  );
}
